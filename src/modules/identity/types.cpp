#include "modules/identity/declared.h"

namespace identity {

RECORD_TYPE(Role, "What somebody may do.", {"id", "Its id.", defaulted | fixed},
            {"name", "Its name, which people and tokens refer to.", fixed}, {"description", "What it is for."},
            {"permissions", "Names of permissions; `orders.*` for all of a module, `*` for all."},
            {"builtin", "Whether the business was founded with it.", computed}, {"version", "Counts its changes.", computed},
            {"created_at", "When it was made.", computed}, {"updated_at", "When it was last changed.", computed},
            {"fingerprint", "Of the content that it was made from.", hidden})

RECORD_TYPE(User, "Somebody who works here.", {"id", "Their id.", defaulted | fixed}, {"name", "Their name.", personal},
            {"email", "Their mail address, one person's alone.", personal}, {"role", "The name of their role."},
            {"location", "Where they work; orders of theirs are placed there."},
            {"active", "Whether they work here at present.", defaulted}, {"version", "Counts its changes.", computed},
            {"created_at", "When it was made.", computed}, {"updated_at", "When it was last changed.", computed},
            {"fingerprint", "Of the content that it was made from.", hidden})

RECORD_TYPE(Token, "A machine's credential; its text was shown once, when it was made.", {"id", "Its id.", computed},
            {"name", "What it is for.", computed}, {"role", "The name of its role.", computed},
            {"location", "Where the machine stands.", computed}, {"expires_at", "When it ends; empty: never.", computed},
            {"revoked", "Whether it was ended.", computed}, {"hash", "SHA-256 of its text.", hidden},
            {"version", "Counts its changes.", computed}, {"created_at", "When it was made.", computed},
            {"updated_at", "When it was last changed.", computed})

RECORD_TYPE(CreateToken, "A new token.", {"role", "The name of its role."}, {"name", "What it is for.", defaulted},
            {"location", "Where the machine stands."}, {"ttl_seconds", "How long it lives; left out: for ever."})
RECORD_TYPE(NewToken, "The only time that a token's text is shown.", {"token", "Its text."}, {"id", "Its id."},
            {"expires_at", "When it ends; empty: never."})

RECORD_TYPE(PermissionEntry, "A permission.", {"name", "Its name."}, {"summary", "What it allows."})
RECORD_TYPE(PermissionList, "All permissions.", {"data", "By name."}, {"next_cursor", "Always empty: they are all here."})
RECORD_TYPE(MyTenant, "A business.", {"id", "Its id."}, {"slug", "Its short name in addresses."}, {"name", "Its name."})
RECORD_TYPE(Me, "Whoever asks.", {"id", "Their id."}, {"kind", "user, token or system."}, {"name", "Their name."},
            {"role", "The name of their role."}, {"location", "Their own location."},
            {"permissions", "What they may do; `*` alone: everything."}, {"tenant", "Their business."})

}  // namespace identity
