#include "modules/sell/orders/inputs.h"

namespace orders {

ENUM_TYPE(State, "draft, proposed (a guest's, to be accepted), open, closed, voided, discarded, rejected, expired.")
ENUM_TYPE(Fulfilment, "waiting, preparing, ready, completed, cancelled.")
ENUM_TYPE(Payment, "unpaid, until the money modules move it.")
ENUM_TYPE(Type, "dine_in, pickup, delivery, counter.")
ENUM_TYPE(Source, "Where it came from: pos, online, phone, field.")
ENUM_TYPE(LineState, "waiting (not yet with the kitchen), held (until somebody fires it), fired, voided.")

RECORD_TYPE(Customer, "Who ordered. None of it is demanded.", {"name", "Name."}, {"phone", "Phone number."},
            {"email", "Mail address."}, {"address", "Where to deliver."})
RECORD_TYPE(OrderDiscount, "A discount of an order.", {"discount", "The declared discount that it is, if any."},
            {"name", "Shown on the receipt.", defaulted}, {"percent", "Of a hundred: 12.5 is 12.5 %. Either this or amount."},
            {"amount", "Off the price. Either this or percent."}, {"line", "Of this line; left out: of the order."})
RECORD_TYPE(Line, "A line of an order.", {"id", "Its id."}, {"item", "The item."}, {"name", "Its name when it was ordered."},
            {"variant", "The variant."}, {"variant_name", "Its name when it was ordered."},
            {"quantity", "How many, or how much."}, {"unit_price", "Of one, with variant and modifiers."},
            {"modifiers", "How it is made differently."}, {"note", "What the guest asked for."}, {"seat", "For which seat."},
            {"course", "In which course."}, {"state", "Is it with the kitchen?"}, {"reason", "Why it was voided."},
            {"stations", "Who makes it."}, {"allergens", "What is in it."}, {"subtotal", "Unit price times quantity."},
            {"discount", "Its share of all discounts."}, {"tax", "All its taxes, contained ones included."},
            {"total", "What it costs with everything."},
            {"taxes", "Each tax: its position in the order's list, what it applies to, and its amount."})
RECORD_TYPE(OrderCheck, "One of several checks of an order.", {"total", "To pay."}, {"tax", "Taxes in it."})
RECORD_TYPE(
    Order, "An order.", {"id", "Its id; you may choose it.", computed},
    {"number", "Counts per location and business date; given when it is proposed or open.", computed},
    {"business_date", "The trading day it belongs to, settled once.", computed},
    {"state", "draft → open → closed; a guest's is proposed first.", computed}, {"fulfilment", "How far it is.", computed},
    {"payment", "How far it is paid.", computed}, {"location", "Where.", computed},
    {"type", "dine_in, pickup, delivery or counter."}, {"source", "pos, online, phone or field.", computed},
    {"table", "The table."}, {"customer", "Who ordered.", personal}, {"note", "For the whole order."},
    {"lines", "What was ordered.", computed}, {"discounts", "Discounts, line ones first.", defaulted},
    {"tax_exempt", "No taxes are owed.", defaulted},
    {"subtotal", "The lines as shown on the menu, before discounts: with inclusive taxes, without exclusive ones.", computed},
    {"discount_total", "All discounts.", computed}, {"tax_total", "All taxes, inclusive and exclusive.", computed},
    {"total", "What is to be paid.", computed}, {"taxes", "Each tax and what it applies to.", computed},
    {"checks", "The checks it was split into, by amount.", computed},
    {"accept_by", "Until when a proposed order waits.", computed}, {"placed_at", "When it became proposed or open.", computed},
    {"fired_at", "When lines last went to the kitchen.", computed}, {"ready_at", "When it was ready.", computed},
    {"completed_at", "When it was handed over.", computed}, {"closed_at", "When it was closed or voided.", computed},
    {"reason", "Why it was voided or rejected.", computed}, {"split_from", "The order it was split from.", computed},
    {"merged_into", "The order it was merged into.", computed}, {"merged_from", "Orders merged into this one.", computed},
    {"version", "Counts the changes; for If-Match.", computed}, {"created_at", "When it was made.", computed},
    {"updated_at", "When it last changed.", computed}, {"fingerprint", "Of its creation.", hidden},
    {"tax_rules", "The taxes as they were when it was priced.", hidden},
    {"ticket_orders", "Whose tickets hold lines of it, besides its own.", hidden},
    {"added", "Fingerprints of lines that were added under an id of the client's.", hidden})

RECORD_TYPE(NewLine, "A line to order.", {"id", "Its id; you may choose it."}, {"item", "What."},
            {"variant", "Which variant, where the item has some."},
            {"quantity", "How many, or how much: 2 or \"0.750\".", defaulted},
            {"modifiers", "How it is made differently: ids, or {id, quantity}."}, {"note", "What the guest asks for."},
            {"seat", "For which seat."}, {"course", "In which course; left out: the item's own."},
            {"hold", "Not to the kitchen until it is fired.", defaulted})
RECORD_TYPE(NewDiscount, "A discount to give.", {"discount", "A declared discount; or else percent or amount."},
            {"name", "Shown on the receipt."}, {"percent", "Of a hundred: 12.5 is 12.5 %."}, {"amount", "Off the price."},
            {"line", "Position of its line, from 0; left out: of the order."})
RECORD_TYPE(PlaceOrder, "An order to place.", {"id", "Your id for it: repeating the call with it is safe, for ever."},
            {"draft", "Begin a draft; /place makes it an order.", defaulted},
            {"location", "Where; left out: yours, else the first."},
            {"type", "dine_in, pickup, delivery or counter.", defaulted},
            {"source", "pos, online, phone or field. Online ones have to be accepted.", defaulted}, {"table", "The table."},
            {"customer", "Who orders.", personal}, {"note", "For the whole order."}, {"lines", "What."},
            {"discounts", "Discounts."}, {"tax_exempt", "No taxes are owed.", defaulted})
RECORD_TYPE(Move, "An order.", {"id", "Its id."})
RECORD_TYPE(MoveWithReason, "An order and why.", {"id", "Its id."}, {"reason", "Why; shown to whoever asks later."})
RECORD_TYPE(FireOrder, "Lines to send to the kitchen.", {"id", "The order."},
            {"lines", "Only these; left out: all that are not yet there."})
RECORD_TYPE(AddLine, "A line to add.", {"order", "The order."}, {"id", "Its id; you may choose it."}, {"item", "What."},
            {"variant", "Which variant."}, {"quantity", "How many, or how much.", defaulted},
            {"modifiers", "How it is made differently."}, {"note", "What the guest asks for."}, {"seat", "For which seat."},
            {"course", "In which course."}, {"hold", "Not to the kitchen until it is fired.", defaulted})
RECORD_TYPE(ChangeLine, "A change of a line.", {"order", "The order."}, {"line", "The line."},
            {"patch", "A JSON merge patch (RFC 7396).", hidden})
RECORD_TYPE(LineEdit, "What of a line can be changed.", {"quantity", "How many now."},
            {"note", "The new note; empty takes it away."}, {"seat", "For which seat."}, {"course", "In which course."},
            {"variant", "Another variant, before it is fired."}, {"modifiers", "Other modifiers, before it is fired."},
            {"hold", "Hold it, or no longer, before it is fired."})
RECORD_TYPE(RemoveLine, "A line to take away.", {"order", "The order."}, {"line", "The line."},
            {"reason", "Why; demanded once the kitchen has it."})
RECORD_TYPE(SplitOrder, "How to split: exactly one of lines, seats, parts.", {"id", "The order."},
            {"lines", "Each list of lines becomes an order of its own."},
            {"seats", "The lines of each list of seats become an order of their own."},
            {"parts", "That many checks, amounts and tax only."})
RECORD_TYPE(SplitResult, "What a split made.", {"order", "What stays."}, {"orders", "The new orders."},
            {"checks", "The checks of `parts`."})
RECORD_TYPE(MergeOrders, "Which order to take in.", {"id", "The order that stays."}, {"from", "The order that goes into it."})
RECORD_TYPE(Quote, "What an order would cost.", {"location", "Where."}, {"lines", "Its lines, priced."},
            {"discounts", "Its discounts."}, {"subtotal", "The lines as shown on the menu."},
            {"discount_total", "All discounts."}, {"tax_total", "All taxes."}, {"total", "What would be to pay."},
            {"taxes", "Each tax and what it applies to."})

}  // namespace orders
