#include "modules/sell/catalog/declared.h"

namespace catalog {

ENUM_TYPE(ItemKind, "An item by itself, or a combo of several.")

RECORD_TYPE(Category, "A heading of the menu.", {"id", "Its id.", defaulted | fixed}, {"name", "Its name."},
            {"parent", "The category that it stands below."},
            {"tax_category", "What taxes choose by, for items that name none themselves."},
            {"position", "Where it stands on the menu.", defaulted}, {"active", "Whether it is shown.", defaulted},
            {"version", "Counts its changes.", computed}, {"created_at", "When it was made.", computed},
            {"updated_at", "When it was last changed.", computed},
            {"fingerprint", "Of the content that it was made from.", hidden})

RECORD_TYPE(Modifier, "A wish that an item can be ordered with.", {"id", "Its id.", defaulted}, {"name", "Its name."},
            {"price", "Added to the item's; may be negative. Left out: nothing.", defaulted},
            {"preselected", "Whether screens offer it as chosen already.", defaulted},
            {"sold_out", "Whether it can be had at present.", defaulted})

RECORD_TYPE(ModifierGroup, "Modifiers to choose from.", {"id", "Its id.", defaulted | fixed}, {"name", "Its name."},
            {"min", "How many must be chosen.", defaulted},
            {"max", "How many may be chosen, counted with their quantities.", defaulted},
            {"modifiers", "What there is to choose from."}, {"version", "Counts its changes.", computed},
            {"created_at", "When it was made.", computed}, {"updated_at", "When it was last changed.", computed},
            {"fingerprint", "Of the content that it was made from.", hidden})

RECORD_TYPE(ItemGroup, "A modifier group as its item shows it. As input the id is enough; without an id it is a new group.",
            {"id", "The group; its id alone is enough.", defaulted | brief}, {"name", "The group's name.", defaulted},
            {"min", "How many must be chosen.", defaulted}, {"max", "How many may be chosen.", defaulted},
            {"modifiers", "What there is to choose from.", defaulted})

RECORD_TYPE(Variant, "A size or sort of an item.", {"id", "Its id.", defaulted}, {"name", "Its name."},
            {"price", "Its price, instead of the item's."}, {"sku", "Its stock number."}, {"barcode", "What a scanner reads."},
            {"sold_out", "Whether it can be had at present.", defaulted})

RECORD_TYPE(ComponentItem, "An item that a combo can be made of.", {"item", "The item; its id alone is enough.", brief},
            {"variant", "Its variant, when it comes in variants."},
            {"price", "Added to the combo's. Left out: nothing.", defaulted})
RECORD_TYPE(Component, "A part of a combo.", {"id", "Its id.", defaulted}, {"name", "Its name, such as Drink."},
            {"min", "How many must be chosen.", defaulted}, {"max", "How many may be chosen.", defaulted},
            {"items", "What there is to choose from."})

RECORD_TYPE(Item, "Something for sale.", {"id", "Its id.", defaulted | fixed},
            {"kind", "An item, or a combo of items.", defaulted}, {"name", "Its name."},
            {"category", "Where it stands on the menu."}, {"description", "What it is."},
            {"price", "Its price; with variants it may be left out: that of the first one.", defaulted},
            {"variants", "Its sizes or sorts; one is chosen.", defaulted},
            {"modifier_groups", "What it can be ordered with: groups by their ids, in order.", defaulted},
            {"components", "The parts of a combo.", defaulted}, {"stations", "Where it is prepared.", defaulted},
            {"tax_category", "What taxes choose by; left out: its category's."}, {"sku", "Its stock number."},
            {"barcodes", "What a scanner reads.", defaulted}, {"allergens", "What it holds that some must avoid.", defaulted},
            {"images", "Pictures: addresses, or ids of files.", defaulted},
            {"availability", "When it is sold; empty: always.", defaulted}, {"course", "In which course it is served."},
            {"sold_out", "Whether it is sold out.", computed}, {"sold_out_until", "When it will be there again.", computed},
            {"position", "Where it stands in its category.", defaulted}, {"active", "Whether it is for sale.", defaulted},
            {"version", "Counts its changes.", computed}, {"created_at", "When it was made.", computed},
            {"updated_at", "When it was last changed.", computed},
            {"fingerprint", "Of the content that it was made from.", hidden})

RECORD_TYPE(ModifierChoice, "A chosen modifier, or a chosen part of a combo.",
            {"id", "The modifier, item or variant; its id alone is enough.", brief}, {"quantity", "How many of it.", defaulted})
RECORD_TYPE(ChosenModifier, "A chosen modifier with its price.", {"id", "The modifier, item or variant."},
            {"name", "Its name."}, {"price", "Of one."}, {"quantity", "How many of it."})

RECORD_TYPE(SoldOut, "An item has run out.", {"id", "The item."},
            {"until", "When it will be there again; left out: until told."})
RECORD_TYPE(ByBarcode, "What a scanner read.", {"barcode", "The code."})
RECORD_TYPE(ScannedItem, "What a barcode stands for.", {"item", "The item."},
            {"variant", "Its variant, when the code is a variant's."})

}  // namespace catalog
