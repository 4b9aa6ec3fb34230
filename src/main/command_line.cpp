#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>

#include "base/log.h"
#include "db/database.h"
#include "main/commands.h"
#include "main/failure.h"
#include "main/keys.h"
#include "main/modules.h"

namespace program {

namespace {

using Action = std::function<int(const Configuration&)>;

// The commands with their own flags; the options of options.h come as flags to all of them.
class CommandLineParser {
 public:
  explicit CommandLineParser(std::string program) : program_(std::move(program)) {
    app_.name("daybook");
    app_.require_subcommand(1);
    app_.set_version_flag("--version", "daybook " + std::string(version));
    app_.footer(
        "Every option is also a variable (DAYBOOK_LISTEN) and a key of the file given with --config. `daybook config` shows "
        "all of them.\n"
        "Exit: 0 done, 1 failed, 2 wrong usage, 3 wrong configuration.");
    add_server();
    add_setup();
    add_keeping();
    add_import();
    add_watching();
  }
  int run(int argc, const char* const* argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      const int code = app_.exit(error);
      return static_cast<int>(code == 0 ? Exit::ok : Exit::usage);
    }
    return finish(action_);
  }

 private:
  int finish(const Action& action) {
    const Configuration configuration(given_flags(), [](const std::string& name) -> std::optional<std::string> {
      const char* value = std::getenv(name.c_str());
      return value ? std::optional<std::string>(value) : std::nullopt;
    });
    base::log::Level level{};
    base::log::parse_level(configuration.text("log_level"), level);
    base::log::set_level(quiet_ && level == base::log::Level::info ? base::log::Level::warning : level);
    return action(configuration);
  }
  Configuration::Flags given_flags() const {
    Configuration::Flags given;
    for (auto& [name, option] : flags_)
      if (option->get_callback_run() || option->count() > 0)
        given[name] = option->results().empty() ? std::vector<std::string>{"true"} : option->results();
    return given;
  }

  CLI::App* command(const std::string& name, const std::string& summary, Action action,
                    OptionScope scope = OptionScope::everywhere) {
    return command(app_, name, summary, std::move(action), scope);
  }
  CLI::App* command(CLI::App& parent, const std::string& name, const std::string& summary, Action action,
                    OptionScope scope = OptionScope::everywhere) {
    auto* sub = parent.add_subcommand(name, summary);
    sub->callback([this, action = std::move(action), sub, scope] {
      action_ = action;
      quiet_ = scope == OptionScope::everywhere;
      for (auto& [of, option_name, option] : all_flags_)
        if (of == sub) flags_[option_name] = option;
    });
    flag(sub, "config", sub->add_option("--config")->description("A TOML file with any of the options.")->option_text("FILE"));
    for (auto& option : declared_options()) {
      if (scope == OptionScope::everywhere && option.scope != OptionScope::everywhere) continue;
      if (option.kind == OptionKind::toggle)
        flag(sub, option.name, sub->add_flag(option.flag())->description(std::string(option.summary)));
      else
        flag(sub, option.name,
             sub->add_option(option.flag())
                 ->description(std::string(option.summary))
                 ->option_text(std::string(option.placeholder) + standard_of(option)));
    }
    return sub;
  }
  static std::string standard_of(const Option& option) {
    return option.standard.empty() ? "" : " [" + std::string(option.standard) + ']';
  }
  void flag(const CLI::App* of, std::string_view name, CLI::Option* option) {
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    all_flags_.push_back({of, std::string(name), option});
  }

  void add_server() {
    command("serve", "Run the server.", [this](const Configuration& c) { return serve(c, {program_}); }, OptionScope::serving);
    command(
        "config", "Print the effective configuration, with documentation and where each value came from.",
        [](const Configuration& c) { return std::cout << c.print(version), 0; }, OptionScope::serving);
  }
  void add_setup() {
    auto* token =
        command("token", "Make a token for a machine or a try; it is the last line printed.", [this](const Configuration& c) {
          if (!ttl_.empty()) token_.seconds = parse_duration(ttl_);
          return make_token(c, token_);
        });
    token->add_option("--tenant", token_.tenant, "The business.")->required()->option_text("SLUG");
    token->add_option("--role", token_.role, "What it may do: owner, manager, staff, kitchen, viewer or a role of yours.")
        ->required()
        ->option_text("ROLE");
    token->add_option("--ttl", ttl_, "How long it lives: 90s, 15m, 1h, 30d. Without: until it is revoked.")
        ->option_text("TIME");
    token->add_option("--name", token_.name, "What it is for.")->option_text("TEXT");

    auto* tenant = app_.add_subcommand("tenant", "Businesses.");
    tenant->require_subcommand(1);
    auto* create = command(*tenant, "create", "Set up a business.",
                           [this](const Configuration& c) { return create_tenant(c, slug_, name_); });
    create->add_option("SLUG", slug_, "Its name in addresses and tokens: lower-case letters, digits, hyphens.")->required();
    create->add_option("--name", name_, "Its name for people.")->option_text("TEXT");

    auto* cert = app_.add_subcommand("cert", "Certificates for HTTPS.");
    cert->require_subcommand(1);
    command(*cert, "local",
            "Make an authority of the shop's own, and a certificate of it; run again, it renews the certificate.",
            [this](const Configuration& c) { return make_certificate(c, hosts_); })
        ->add_option("HOST", hosts_, "Names and addresses by which the server is called: shop.local 192.168.1.10.")
        ->required();

    auto* mail = command(
        "mail", "Send a letter to see whether mail_url works.",
        [this](const Configuration& c) { return send_test_mail(c, mail_); }, OptionScope::serving);
    mail->add_option("ADDRESS", mail_.to, "Who gets it.")->required();
    mail->add_option("--subject", mail_.subject, "Its subject.")->option_text("TEXT");
    mail->add_option("--text", mail_.text, "Its text. Without: a standard one.")->option_text("TEXT");

    add_people();
  }
  void add_people() {
    auto* people = app_.add_subcommand("user", "People.");
    people->require_subcommand(1);
    auto* adding = command(*people, "create", "Add somebody; their password is read from standard input. Prints their id.",
                           [this](const Configuration& c) { return create_user(c, user_); });
    adding->add_option("--tenant", user_.tenant, "The business.")->required()->option_text("SLUG");
    adding->add_option("--email", user_.email, "What they sign in with.")->required()->option_text("ADDRESS");
    adding->add_option("--role", user_.role, "What they may do.")->required()->option_text("ROLE");
    adding->add_option("--name", user_.name, "Their name. Without: the part of the address before the @.")->option_text("TEXT");
    adding->add_option("--pin", user_.pin, "What they sign in with on paired devices: 4 to 8 digits.")->option_text("DIGITS");

    auto* key = app_.add_subcommand("key", "Keys of other programs.");
    key->require_subcommand(1);
    auto* making = command(*key, "create", "Make a key; it is the last line printed.", [this](const Configuration& c) {
      if (!ttl_.empty()) key_.seconds = parse_duration(ttl_);
      return create_key(c, key_);
    });
    making->add_option("--tenant", key_.tenant, "The business.")->required()->option_text("SLUG");
    making->add_option("--name", key_.name, "What it is for.")->required()->option_text("TEXT");
    making->add_option("--scopes", key_.scopes, "What it may do.")->required()->delimiter(',')->option_text("orders:read,…");
    making->add_option("--ttl", ttl_, "How long it lives: 90s, 15m, 1h, 30d. Without: until it is revoked.")
        ->option_text("TIME");

    auto* keys = app_.add_subcommand("keys", "The master keys of the installation.");
    keys->require_subcommand(1);
    command(*keys, "list", "Their ids, newest first.", [](const Configuration& c) { return list_keys(c); });
    command(*keys, "rotate", "Put a new one before them; the server takes it at its next start.",
            [](const Configuration& c) { return rotate_keys(c); });
    add_readers();
  }
  void add_readers() {
    auto* reader = app_.add_subcommand("reader", "What follows the log: projections and reactions.");
    reader->require_subcommand(1);
    const auto reading = [&](const std::string& action, const std::string& summary) {
      auto* sub = command(*reader, action, summary, [this, action](const Configuration& c) {
        reader_.action = action;
        return mend_reader(c, reader_);
      });
      auto* of = sub->add_option("--tenant", reader_.tenant, "The business.")->option_text("SLUG");
      if (action == "list") return;
      of->required();
      sub->add_option("NAME", reader_.reader, "The reader.")->required();
    };
    reading("list", "How far each reader is, and what stopped it.");
    reading("retry", "Try the event that stopped it again.");
    reading("skip", "Leave that event out and go on.");
    reading("rebuild", "Build a projection anew from event 1.");
  }
  void add_keeping() {
    auto* checking = command("verify", "Check every log, its chain, and all invariants; works beside a running server.",
                             [this](const Configuration& c) { return verify(c, file_); });
    checking->add_option("--head", file_, "Signed heads kept elsewhere: the answer of GET /api/v1/audit/heads.")
        ->option_text("FILE");
    auto* saving = command("backup", "Copy the database into one file; works beside a running server.",
                           [this](const Configuration& c) { return backup(c, file_); });
    saving->add_option("FILE", file_, "A file that does not exist yet.")->required();
    auto* restoring = command("restore", "Bring a backup back into --data and begin a new history.",
                              [this](const Configuration& c) { return restore(c, restore_); });
    restoring->add_option("FILE", restore_.file, "The backup. Not for PostgreSQL, where pg_restore comes first.");
    restoring->add_flag("--replace", restore_.replace, "Keep the data that is there under another name.");
  }
  void add_import();
  void add_watching();

  CLI::App app_{"Daybook: the back office of a shop in one program."};
  std::string program_;
  Action action_;
  bool quiet_ = false;
  struct Given {
    const CLI::App* of;
    std::string name;
    CLI::Option* option;
  };
  std::vector<Given> all_flags_;
  std::map<std::string, CLI::Option*> flags_;
  TokenWish token_;
  UserWish user_;
  KeyWish key_;
  ReaderWish reader_;
  RestoreWish restore_;
  ImportWish import_;
  TailWish tail_;
  ReplayWish replay_;
  std::vector<std::string> hosts_;
  MailWish mail_{.to = {}, .subject = "A letter of Daybook", .text = {}};
  std::string ttl_, slug_, name_, file_, on_error_ = "stop";
};

void CommandLineParser::add_import() {
  auto* importing = app_.add_subcommand("import", "Take over what another program has written down, from CSV files.");
  importing->require_subcommand(1);
  const auto kind = [&](const std::string& what, const std::string& summary) {
    auto* sub = command(*importing, what, summary, [this, what](const Configuration& c) {
      import_.what = what;
      import_.skip_errors = on_error_ == "skip";
      return import(c, import_);
    });
    sub->add_option("FILE", import_.file, "UTF-8, its first line names the columns.")->required()->check(CLI::ExistingFile);
    sub->add_option("--tenant", import_.tenant, "The business.")->required()->option_text("SLUG");
    sub->add_option("--location", import_.location, "A name or an id. Without: the first.")->option_text("NAME");
    sub->add_option("--map", import_.map, "A column by its header, where it is not understood by itself.")
        ->option_text("FIELD=HEADER");
    sub->add_option("--batch", import_.batch, "Things in one transaction; without: all items, or 100 orders.")
        ->check(CLI::Range(1, 1'000'000))
        ->option_text("N");
    sub->add_option("--on-error", on_error_, "What to do with a line that cannot be imported. [stop]")
        ->check(CLI::IsMember({"stop", "skip"}))
        ->option_text("stop|skip");
    sub->add_option("--source", import_.source,
                    "Where it comes from; the same number of the same source is the same thing. [the file's name]")
        ->option_text("NAME");
    return sub;
  };
  kind("catalog", "Items with sizes and categories.");
  kind("orders", "Past orders, completed as they are made.")
      ->add_flag("--leave-open", import_.leave_open, "Let the kitchen make them.");
}

void CommandLineParser::add_watching() {
  const auto remote = [](CLI::App* sub, Remote& to) {
    sub->add_option("--tenant", to.tenant, "The business. Without: the only one.")->option_text("SLUG");
    sub->add_option("--url", to.url, "A server elsewhere, instead of the one that works on --data.")
        ->option_text("https://HOST:PORT");
    sub->add_option("--authority", to.authority, "Who vouches for its certificate, as PEM. Without: whom this system trusts.")
        ->check(CLI::ExistingFile)
        ->option_text("FILE");
    sub->add_option("--token", to.token, "Whose rights to use. Without: a token is made.")->option_text("TOKEN");
  };
  auto* tailing =
      command("tail", "Print what happens, as it happens.", [this](const Configuration& c) { return tail(c, tail_); });
  remote(tailing, tail_.remote);
  tailing->add_option("--types", tail_.types, "Only these kinds of event.")->option_text("order.*,ticket.created");
  tailing->add_option("--after", tail_.after, "From behind this position, 0 for the beginning. Without: from now on.")
      ->option_text("EPOCH:SEQ");
  tailing->add_option("--count", tail_.count, "End after so many.")->option_text("N");
  tailing->add_flag("--json", tail_.json, "One JSON object a line.");

  auto* playing =
      command("replay", "Play a recorded day through the API.", [this](const Configuration& c) { return replay(c, replay_); });
  remote(playing, replay_.remote);
  playing->add_option("FILE", replay_.file, "Orders, one line a thing sold. Without: a Friday of a pizza place.")
      ->check(CLI::ExistingFile);
  playing->add_option("--speed", replay_.speed, "How many times faster than it was. [60]")
      ->check(CLI::Range(1, 10'000'000))
      ->option_text("N");
  playing->add_option("--day", replay_.day, "Which day of the recording. Without: its busiest Friday.")
      ->option_text("YYYY-MM-DD");
  playing->add_option("--orders", replay_.orders, "No more than so many.")->option_text("N");
  playing->add_option("--location", replay_.location, "A name or an id. Without: the first.")->option_text("NAME");
  playing->add_option("--clients", replay_.clients, "Calls at once. [8]")->check(CLI::Range(1, 256))->option_text("N");
  playing->add_option("--run", replay_.run, "Play an earlier run again; it prints its number.")
      ->check(CLI::PositiveNumber)
      ->option_text("N");
}

}  // namespace

int run(int argc, const char* const* argv) {
  const auto failed = [](const std::exception& error, Exit exit) {
    std::cerr << "daybook: " << error.what() << std::endl;
    return static_cast<int>(exit);
  };
  try {
    return CommandLineParser(argv[0]).run(argc, argv);
  } catch (const Failure& failure) {
    return failed(failure, failure.exit);
  } catch (const std::exception& error) {
    return failed(error, Exit::failed);
  }
}

}  // namespace program
