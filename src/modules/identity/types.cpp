#include "modules/identity/declared.h"
#include "modules/identity/sessions.h"
#include "modules/identity/signing_in.h"

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
            {"active", "Whether they work here at present.", defaulted},
            {"password", "What they sign in with: 10 to 200 characters, and none of the common ones.", secret | unstored},
            {"pin", "What they sign in with on a paired device: 4 to 8 digits.", secret | unstored},
            {"password_set_at", "When the password was set; empty: there is none.", computed},
            {"pin_set_at", "When the PIN was set; empty: there is none.", computed},
            {"two_factor", "Whether signing in needs a code, too.", computed}, {"version", "Counts its changes.", computed},
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

RECORD_TYPE(Session, "Somebody who has signed in, at one place.", {"id", "Its id."}, {"user", "Who."}, {"method", "How."},
            {"device", "The shared device, where it is one."}, {"expires_at", "When it ends unless it is refreshed."},
            {"ended_at", "When it was ended before that."}, {"ended_by", "Why it was ended."},
            {"address", "Where it began.", hidden}, {"network", "The network of that address.", hidden},
            {"agent", "What the client calls itself.", hidden}, {"generation", "Counts its refresh tokens.", hidden},
            {"rotated_at", "When the present one was made.", hidden}, {"last_used", "When it was last used.", hidden},
            {"version", "Counts its changes."}, {"created_at", "When it began."})
RECORD_TYPE(SessionLine, "A session that goes on.", {"id", "Its id."}, {"user", "Who."}, {"method", "How they signed in."},
            {"device", "The shared device, where it is one."}, {"agent", "What the client calls itself."},
            {"address", "Where it began."}, {"created_at", "When it began."}, {"last_used", "When it was last used."},
            {"expires_at", "When it ends unless it is refreshed."}, {"current", "Whether it is the one that asks."})
RECORD_TYPE(SessionList, "Sessions.", {"data", "Newest first."}, {"next_cursor", "Always empty: they are all here."})
RECORD_TYPE(ListSessions, "Whose sessions.", {"user", "Left out: one's own."})
RECORD_TYPE(Login, "Who signs in, and how they prove it.", {"tenant", "The slug of the business."},
            {"email", "Their mail address."}, {"password", "Their password.", secret},
            {"totp", "The code of the second factor, or a recovery code.", secret},
            {"cookie", "Whether the refresh token comes as a cookie instead, which pages cannot read.", defaulted})
RECORD_TYPE(Refresh, "The end of one pair of tokens, and the beginning of the next.",
            {"refresh_token", "The last one; left out where it comes as a cookie.", secret})
RECORD_TYPE(Person, "Who has signed in.", {"id", "Their id."}, {"name", "Their name."}, {"role", "The name of their role."},
            {"email", "Their mail address."}, {"location", "Where they work."})
RECORD_TYPE(SignedIn, "What a session is used with.", {"access_token", "Goes with each request."},
            {"refresh_token", "Brings the next pair; empty where it came as a cookie."}, {"token_type", "Always Bearer."},
            {"expires_in", "Seconds that the access token is good for."}, {"session", "The session's id."},
            {"user", "Who it is."})
RECORD_TYPE(SignedOut, "The end of a session.", {"session", "Its id."}, {"ended", "Always true."})

RECORD_TYPE(PermissionEntry, "A permission.", {"name", "Its name."}, {"summary", "What it allows."})
RECORD_TYPE(PermissionList, "All permissions.", {"data", "By name."}, {"next_cursor", "Always empty: they are all here."})
RECORD_TYPE(MyTenant, "A business.", {"id", "Its id."}, {"slug", "Its short name in addresses."}, {"name", "Its name."})
RECORD_TYPE(Me, "Whoever asks.", {"id", "Their id."}, {"kind", "user, token or system."}, {"name", "Their name."},
            {"role", "The name of their role."}, {"location", "Their own location."},
            {"permissions", "What they may do; `*` alone: everything."}, {"tenant", "Their business."})

}  // namespace identity
