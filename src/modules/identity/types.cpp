#include "modules/identity/api_keys.h"
#include "modules/identity/declared.h"
#include "modules/identity/devices.h"
#include "modules/identity/second_factor.h"
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

RECORD_TYPE(SetUpTotp, "The beginning of a second factor.", {"password", "Your password, once more.", secret})
RECORD_TYPE(TotpSetUp, "What an authenticator app needs; shown this once.", {"secret", "In base 32, to be typed."},
            {"url", "otpauth://…, to be opened."}, {"qr", "The same as a QR code: an SVG image."})
RECORD_TYPE(GiveCode, "A code.", {"code", "Of the app, or a recovery code.", secret})
RECORD_TYPE(RecoveryCodes, "Each is good once, in place of a code of the app; shown this once.",
            {"recovery_codes", "Ten of them."})

RECORD_TYPE(ApiKey, "A key of another program.", {"id", "Its id."}, {"name", "What it is for."},
            {"scopes", "What it may do, as far as its maker may."}, {"maker", "Who made it."},
            {"expires_at", "When it ends; empty: never."}, {"revoked", "Whether it was ended."},
            {"overlap_until", "How long its text of before the last rotation is good, too."},
            {"hash", "SHA-256 of its text.", hidden}, {"former_hash", "Of the text before.", hidden},
            {"last_used", "When it was last used.", hidden}, {"version", "Counts its changes."},
            {"created_at", "When it was made."}, {"updated_at", "When it was last changed."})
RECORD_TYPE(CreateApiKey, "A new key.", {"name", "What it is for."},
            {"scopes", "What it may do: permissions such as `orders:read`; `orders:*` for all of a module."},
            {"expires_at", "When it ends; left out: never."})
RECORD_TYPE(RotateApiKey, "Another text for a key.", {"id", "Its id."},
            {"overlap_seconds", "How long the text of before goes on being good.", defaulted})
RECORD_TYPE(ShownApiKey, "A key of another program.", {"id", "Its id."},
            {"key", "Its text; shown when it is made, and never again."}, {"name", "What it is for."},
            {"scopes", "What it may do, as far as its maker may."}, {"maker", "Who made it."},
            {"expires_at", "When it ends; empty: never."},
            {"overlap_until", "How long its text of before the last rotation is good, too."},
            {"last_used", "When it was last used, to the minute."}, {"revoked", "Whether it was ended."},
            {"version", "Counts its changes."}, {"created_at", "When it was made."})
RECORD_TYPE(ApiKeyList, "Keys.", {"data", "Oldest first."}, {"next_cursor", "Always empty: they are all here."})
RECORD_TYPE(Device, "A shared device.", {"id", "Its id."}, {"name", "Its name."}, {"location", "Where it stands."},
            {"station", "The station that it is for."}, {"removed", "Whether it was removed."},
            {"hash", "SHA-256 of its token.", hidden}, {"last_used", "When somebody last signed in at it.", hidden},
            {"version", "Counts its changes."}, {"created_at", "When it was paired."},
            {"updated_at", "When it was last changed."})
RECORD_TYPE(MakePairingCode, "A device that is to be paired.", {"name", "Its name."}, {"location", "Where it stands."},
            {"station", "The station that it is for."})
RECORD_TYPE(PairingCode, "What is typed at the device.", {"code", "Good once."}, {"expires_at", "When it ends."})
RECORD_TYPE(Pair, "The code that somebody was given.", {"code", "`<business>.XXXX-XXXX`", secret})
RECORD_TYPE(ShownDevice, "A shared device.", {"id", "Its id."}, {"name", "Its name."}, {"location", "Where it stands."},
            {"station", "The station that it is for."}, {"last_used", "When somebody last signed in at it."},
            {"removed", "Whether it was removed."}, {"version", "Counts its changes."}, {"created_at", "When it was paired."})
RECORD_TYPE(Paired, "A device that is paired now.", {"device", "It."},
            {"device_token", "What it proves itself with when somebody signs in; shown this once."})
RECORD_TYPE(DeviceList, "Devices.", {"data", "Oldest first."}, {"next_cursor", "Always empty: they are all here."})
RECORD_TYPE(PinLogin, "Who signs in at a shared device.", {"device_token", "The device's.", secret},
            {"pin", "The person's PIN.", secret}, {"user", "Who they are; left out: whoever has this PIN."})

RECORD_TYPE(PermissionEntry, "A permission.", {"name", "Its name."}, {"summary", "What it allows."})
RECORD_TYPE(PermissionList, "All permissions.", {"data", "By name."}, {"next_cursor", "Always empty: they are all here."})
RECORD_TYPE(MyTenant, "A business.", {"id", "Its id."}, {"slug", "Its short name in addresses."}, {"name", "Its name."})
RECORD_TYPE(Me, "Whoever asks.", {"id", "Their id."}, {"kind", "user, token or system."}, {"name", "Their name."},
            {"role", "The name of their role."}, {"location", "Their own location."},
            {"permissions", "What they may do; `*` alone: everything."}, {"tenant", "Their business."})

}  // namespace identity
