#include "modules/sell/kitchen/kitchen.h"

namespace kitchen {

RECORD_TYPE(MoveTicket, "A ticket.", {"id", "Its id."})
RECORD_TYPE(AllDayFilter, "Whose counts.", {"location", "Only this location."}, {"station", "Only this station."})
RECORD_TYPE(AllDayCount, "How much of one thing is still to be made.", {"location", "Where."}, {"station", "By whom."},
            {"item", "What."}, {"name", "Its name."}, {"variant", "Its variant."},
            {"quantity", "On all unfinished tickets together."})
RECORD_TYPE(AllDay, "All-day counts, the largest first.", {"data", "One for each item and variant of a station."},
            {"next_cursor", "Always null."})

}  // namespace kitchen
