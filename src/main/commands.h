#pragma once
#include <optional>
#include <string>
#include <vector>

#include "main/options.h"

// The commands of the command line, each in its own file. They print what they have to say on standard output, throw
// Failure (or db::Error, std::runtime_error) with what to do, and return the exit code.
namespace program {

struct CommandLine {
  std::string program;  // as it was called: "build/release/daybook"
};

int serve(const Configuration&, const CommandLine&);

struct TokenWish {
  std::string tenant, role, name;
  std::int64_t seconds = 0;  // 0: it does not expire
};
int make_token(const Configuration&, const TokenWish&);

struct UserWish {
  std::string tenant, email, role, name, pin;
};
int create_user(const Configuration&, const UserWish&);  // the password is a line of standard input

struct KeyWish {
  std::string tenant, name;
  std::vector<std::string> scopes;
  std::int64_t seconds = 0;  // 0: it does not expire
};
int create_key(const Configuration&, const KeyWish&);

int create_tenant(const Configuration&, const std::string& slug, const std::string& name);

// A shop's own authority, and a certificate of it for these names and addresses.
int make_certificate(const Configuration&, const std::vector<std::string>& hosts);

struct MailWish {
  std::string to, subject, text;  // no text: a standard one, in both forms
};
int send_test_mail(const Configuration&, const MailWish&);

struct ReaderWish {
  std::string action;  // list, retry, skip, rebuild
  std::string reader, tenant;
};
int mend_reader(const Configuration&, const ReaderWish&);

int verify(const Configuration&, const std::string& head_file);
int backup(const Configuration&, const std::string& file);
struct RestoreWish {
  std::string file;      // "": PostgreSQL, where pg_restore has already brought the data back
  bool replace = false;  // data that is there is kept under another name
};
int restore(const Configuration&, const RestoreWish&);

struct ImportWish {
  std::string what, file, tenant, location, source;
  std::vector<std::string> map;  // "price=Unit cost"
  std::int64_t batch = 0;        // 0: the default of its kind
  bool skip_errors = false, leave_open = false;
};
int import(const Configuration&, const ImportWish&);

// Where a running server is: by its data, or by an address and a token.
struct Remote {
  std::string url, token, tenant, authority;
};
struct TailWish {
  Remote remote;
  std::string types, after;
  std::int64_t count = 0;  // 0: for ever
  bool json = false;
};
int tail(const Configuration&, const TailWish&);

struct ReplayWish {
  Remote remote;
  std::string file, day, location, run;
  std::int64_t speed = 60, orders = 0, clients = 8;
};
int replay(const Configuration&, const ReplayWish&);

// "90s", "15m", "1h", "30d" -> seconds. Throws Failure (usage).
std::int64_t parse_duration(const std::string&);

// The whole command line. Returns the exit code.
int run(int argc, const char* const* argv);

}  // namespace program
