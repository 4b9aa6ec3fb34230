#include "modules/settings/settings.h"

namespace settings {

ENUM_TYPE(Weekday, "A day of the week.")
ENUM_TYPE(ClosedReason, "Why a location is closed.")

RECORD_TYPE(Span, "A stretch of a day on the wall; `until` at or before `from` lies on the next day.",
            {"from", "When it starts."}, {"until", "When it ends; 00:00 is midnight."})
RECORD_TYPE(Interval, "A stretch of some days of the week; one past midnight belongs to the day that it starts on.",
            {"days", "On which days."}, {"from", "When it starts."},
            {"until", "When it ends; at or before `from`: on the next day."})
RECORD_TYPE(Holiday, "A day with hours of its own.", {"date", "The day."}, {"name", "Its name."},
            {"hours", "When it is open on that day; empty: closed.", defaulted})

RECORD_TYPE(Location, "A place of business: a shop, a restaurant, a kitchen.", {"id", "Its id.", defaulted | fixed},
            {"name", "Shown to staff and customers."},
            {"time_zone", "Its zone in the IANA database, such as Europe/Berlin.", defaulted},
            {"currency",
             "What it sells in; orders keep the currency that they were placed in. Left out: that of the first location.",
             defaulted},
            {"closing", "When its business day ends: sales before it belong to the day before.", defaulted},
            {"address", "Where it is."}, {"phone", "Its telephone."}, {"hours", "When it is open; empty: always.", defaulted},
            {"holidays", "Days with hours of their own.", defaulted}, {"active", "Whether it trades.", defaulted},
            {"position", "Where it stands in lists; the first active one is meant where none is named.", defaulted},
            {"version", "Counts its changes.", computed}, {"created_at", "When it was made.", computed},
            {"updated_at", "When it was last changed.", computed},
            {"fingerprint", "Of the content that it was made from.", hidden})

RECORD_TYPE(Table, "A table that guests sit at.", {"id", "Its id.", defaulted | fixed}, {"location", "Where it stands."},
            {"name", "Its name or number."}, {"seats", "How many it seats.", defaulted}, {"area", "The room or section."},
            {"active", "Whether it is in use.", defaulted}, {"position", "Where it stands in lists.", defaulted},
            {"version", "Counts its changes.", computed}, {"created_at", "When it was made.", computed},
            {"updated_at", "When it was last changed.", computed},
            {"fingerprint", "Of the content that it was made from.", hidden})

RECORD_TYPE(Profile, "The business.", {"id", "The business.", computed}, {"name", "As customers know it."},
            {"legal_name", "As the register knows it."}, {"tax_id", "Its number with the tax office."},
            {"address", "Its seat."}, {"phone", "Its telephone."}, {"email", "Its mail address."}, {"website", "Its site."},
            {"language", "The language of people without one of their own, as BCP 47 writes it."},
            {"version", "Counts its changes.", computed}, {"updated_at", "When it was last changed.", computed})

RECORD_TYPE(OrderSettings, "Settings of orders.",
            {"accept_minutes", "How long an online order waits to be accepted before it expires.", defaulted},
            {"closed_hours_block_online", "Whether online orders are refused outside opening hours and on holidays.",
             defaulted})
RECORD_TYPE(KitchenSettings, "Settings of the kitchen's screens.",
            {"warn_minutes", "After how long a ticket is shown as getting late.", defaulted},
            {"late_minutes", "After how long a ticket is shown as late.", defaulted})
RECORD_TYPE(Settings, "The settings of all departments.", {"id", "The business.", computed},
            {"orders", "Of orders.", defaulted}, {"kitchen", "Of the kitchen's screens.", defaulted},
            {"version", "Counts their changes.", computed}, {"updated_at", "When they were last changed.", computed})

}  // namespace settings
