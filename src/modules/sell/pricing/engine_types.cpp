#include "modules/sell/pricing/engine.h"

namespace base {
ENUM_TYPE(Rounding,
          "How a fraction of the smallest unit is settled. half_up: a tie away from zero; half_even: a tie to the even unit.")
}

namespace pricing {

ENUM_TYPE(TaxRounding, "Where a tax is rounded: on each line, or once for a rate over all its lines.")
ENUM_TYPE(TaxTarget, "What is rounded of an inclusive tax: the tax, or the price without it.")
ENUM_TYPE(StepKind, "What a step of the calculation settles.")

RECORD_TYPE(TaxRule, "A tax as it applies to an order.", {"id", "The tax."}, {"name", "As printed on the receipt."},
            {"rate", "A fraction: 0.21 is 21 %."}, {"inclusive", "Contained in the price on the menu."},
            {"compound", "Also computed on the taxes before it."}, {"rounding", "On each line, or once per rate."},
            {"mode", "How a fraction of a unit is rounded."}, {"target", "What is rounded of an inclusive tax."})
RECORD_TYPE(DiscountRule, "A reduction by a percentage or by an amount.", {"name", "As printed on the receipt."},
            {"percent", "Of a hundred: 12.5 is 12.5 %."}, {"amount", "At most the price that it reduces."},
            {"line", "The position of its line; absent: the whole order."})
RECORD_TYPE(LineTax, "One tax on one line.", {"tax", "Position in the list of taxes, from 0."},
            {"base", "The amount that the rate applies to."}, {"amount", "The tax."})
RECORD_TYPE(LineTotals, "What a line comes to. total = net + tax = gross - discount + exclusive taxes.",
            {"gross", "Unit price times quantity, with inclusive taxes; of an exempt line without them."},
            {"discount", "Its own discounts and its share of those of the order."},
            {"net", "After discounts, without any tax."}, {"tax", "All its taxes."}, {"total", "What is to be paid for it."},
            {"exempted", "Inclusive tax taken out of the price because the line is exempt."}, {"taxes", "Each tax."})
RECORD_TYPE(TaxTotal, "A tax over all lines.", {"id", "The tax."}, {"name", "As printed on the receipt."},
            {"rate", "A fraction: 0.21 is 21 %."}, {"inclusive", "Contained in the prices."},
            {"base", "The amount that the rate applies to."}, {"amount", "The tax."})
RECORD_TYPE(Totals, "What an order comes to. total = subtotal - discount_total + exclusive taxes.",
            {"lines", "In the order of the lines."},
            {"subtotal", "Before discounts, with inclusive and without exclusive taxes."}, {"discount_total", "All discounts."},
            {"tax_total", "All taxes, inclusive and exclusive."}, {"total", "What is to be paid."},
            {"taxes", "Each tax over all lines."})

RECORD_TYPE(StepShare, "What a line got of an amount that was rounded as a whole.", {"line", "Position of the line, from 0."},
            {"base", "What its share is measured by."}, {"exact", "Its share before rounding."}, {"amount", "Its share."},
            {"remainder", "How many units of the share are remainder."})
RECORD_TYPE(Step, "One amount and how it came about.", {"kind", "What it is."},
            {"line", "Position of the line, from 0; absent where several are concerned."},
            {"rule", "Name of the discount or tax."}, {"rate", "Rate of the tax; of a discount its percentage."},
            {"base", "What it is computed on."}, {"formula", "The computation in major units."},
            {"exact", "The value before rounding, in major units: a decimal, or a fraction in lowest terms."},
            {"rounding", "How it was rounded; absent where nothing is."}, {"target", "Of an inclusive tax: what was rounded."},
            {"result", "The amount."}, {"shares", "How it was shared out by largest remainder."})
RECORD_TYPE(Explanation, "How each cent of an order came about.", {"steps", "In the order of the calculation."},
            {"totals", "What they come to."})

RECORD_TYPE(Check, "One of several checks for an order.", {"total", "What is to be paid."}, {"tax", "The taxes in it."},
            {"net", "The total without taxes."}, {"taxes", "Each tax, in the order of the order's taxes."})

}  // namespace pricing
