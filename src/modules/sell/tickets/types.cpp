#include "modules/sell/tickets/tickets.h"

namespace tickets {

RECORD_TYPE(Station, "A place that makes things: grill, oven, bar.", {"id", "Its id; you may choose it.", defaulted | fixed},
            {"name", "Shown on its screen."}, {"location", "Only at this location; left out: at every one."},
            {"position", "Its place in lists.", defaulted}, {"version", "Counts the changes.", computed},
            {"created_at", "When it was set up.", computed}, {"updated_at", "When it last changed.", computed},
            {"fingerprint", "Of its creation.", hidden})
ENUM_TYPE(TicketState, "Where a ticket is: queued, started, bumped (done), recalled (back again), cancelled.")
ENUM_TYPE(TicketKind,
          "make: prepare the lines. change: a quantity went from `was` to `quantity`. cancel: stop making the lines.")
RECORD_TYPE(TicketModifier, "How a line is made differently.", {"name", "What."}, {"quantity", "How often."})
RECORD_TYPE(TicketLine, "A line as the kitchen sees it.", {"line", "The order's line."}, {"item", "The item."},
            {"name", "Its name."}, {"variant", "Its variant."}, {"quantity", "How many."},
            {"was", "How many before the change."}, {"modifiers", "How it is made differently."},
            {"note", "What the guest asked for."}, {"allergens", "What is in it."}, {"seat", "For which seat."},
            {"course", "In which course."})
RECORD_TYPE(Ticket, "What one station has to make for one order and fire.", {"id", "Its id."}, {"order", "Whose it is."},
            {"number", "The order's number that day."}, {"location", "Where."},
            {"station", "Who makes it; none: items without a station."}, {"kind", "What the station has to do."},
            {"state", "How far it is."}, {"order_type", "dine_in, pickup, delivery or counter."}, {"table", "The table."},
            {"note", "The order's note."}, {"lines", "What to make."}, {"fired_at", "When it was sent: the timer starts here."},
            {"started_at", "When the station began."}, {"bumped_at", "When it was done."},
            {"version", "Counts the changes.", computed}, {"created_at", "When it came.", computed},
            {"updated_at", "When it last changed.", computed})

}  // namespace tickets
