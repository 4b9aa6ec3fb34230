#include "main/outside.h"

#include <iostream>

#include "base/crypto.h"
#include "main/commands.h"
#include "main/failure.h"

namespace program {

namespace {

core::Delivery::Outcome outcome_of(net::MailResult::Outcome outcome) {
  switch (outcome) {
    case net::MailResult::Outcome::accepted:
      return core::Delivery::Outcome::accepted;
    case net::MailResult::Outcome::refused:
      return core::Delivery::Outcome::refused;
    case net::MailResult::Outcome::later:
      break;
  }
  return core::Delivery::Outcome::later;
}

}  // namespace

Outside::Outside(const Configuration& configuration) : from_(configuration.text("mail_from")) {
  net::MailOptions options{.url = configuration.text("mail_url"),
                           .insecure = configuration.toggle("mail_insecure"),
                           .authority = configuration.text("mail_authority")};
  if (options.url.empty() != from_.empty())
    throw Failure("mail_url and mail_from go together: the mail server, and the address that letters come from.",
                  Exit::configuration);
  if (options.url.empty()) return;
  domain_ = net::parse_mail_address(from_)->domain();
  sender_ = std::make_unique<net::MailSender>(std::move(options));
}

core::Delivery Outside::mail(const core::Letter& letter) {
  if (!sender_) return core::Outside::mail(letter);
  auto result = sender_->send({.from = from_,
                               .to = letter.to,
                               .subject = letter.subject,
                               .text = letter.text,
                               .html = letter.html,
                               .message_id = letter.key + '@' + domain_,
                               .date = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())});
  return {outcome_of(result.outcome), std::move(result.reply)};
}

void Outside::stop() {
  if (sender_) sender_->stop();
}

int send_test_mail(const Configuration& configuration, const MailWish& wish) {
  Outside outside(configuration);
  if (!outside.has_mail()) throw Failure("say which mail server: mail_url and mail_from.", Exit::configuration);
  core::Letter letter{
      .to = wish.to, .subject = wish.subject, .text = wish.text, .key = "test-" + base::hex(base::random_bytes(8))};
  if (letter.text.empty()) {
    letter.text =
        "This letter was sent by `daybook mail`.\nIf you can read it – “äöü €” included – letters of this shop arrive.\n";
    letter.html =
        "<p>This letter was sent by <code>daybook mail</code>.<br>If you can read it – “äöü €” included – letters of this shop "
        "arrive.</p>\n";
  }
  const auto delivery = outside.mail(letter);
  if (delivery.outcome == core::Delivery::Outcome::accepted) {
    std::cout << "accepted: " << delivery.reply << std::endl;
    return 0;
  }
  throw Failure((delivery.outcome == core::Delivery::Outcome::refused ? "refused: " : "not now: ") + delivery.reply);
}

}  // namespace program
