#include "modules/sell/pricing/pricing.h"

namespace pricing {

RECORD_TYPE(Tax, "A tax and where it applies.", {"id", "Its id; you may choose it.", defaulted | fixed},
            {"name", "Shown on receipts."}, {"rate", "A fraction: 0.0825 is 8.25 %."},
            {"inclusive", "Is it contained in the price on the menu?", defaulted},
            {"compound", "Is it calculated on the price and the taxes before it?", defaulted},
            {"rounding", "line: each line is rounded. rate_bucket: the sum of all its lines is.", defaulted},
            {"mode", "half_up, half_even or down.", defaulted},
            {"target", "Of an inclusive tax: is the tax rounded, or the net?", defaulted},
            {"locations", "Only at these; empty: everywhere.", defaulted},
            {"tax_categories", "Only for items of these tax categories; empty: for all.", defaulted},
            {"order_types", "Only for dine_in, pickup, delivery or counter; empty: for all.", defaulted},
            {"position", "Taxes apply in this order.", defaulted}, {"active", "Is it in force?", defaulted},
            {"version", "Counts the changes.", computed}, {"created_at", "When it was set up.", computed},
            {"updated_at", "When it last changed.", computed}, {"fingerprint", "Of its creation.", hidden})
RECORD_TYPE(Discount, "A discount to pick by name.", {"id", "Its id; you may choose it.", defaulted | fixed},
            {"name", "Shown on receipts."}, {"percent", "Of a hundred: 12.5 is 12.5 %. Either this or amount."},
            {"amount", "Off the price. Either this or percent."}, {"active", "Can it be picked?", defaulted},
            {"version", "Counts the changes.", computed}, {"created_at", "When it was set up.", computed},
            {"updated_at", "When it last changed.", computed}, {"fingerprint", "Of its creation.", hidden})

}  // namespace pricing
