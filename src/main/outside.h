#pragma once
#include <memory>
#include <string>

#include "core/outside.h"
#include "main/options.h"
#include "net/mail.h"

namespace program {

// What jobs reach: the mail server of `mail_url`.
class Outside final : public core::Outside {
 public:
  // Throws Failure where only one of mail_url and mail_from is given.
  explicit Outside(const Configuration&);
  core::Delivery mail(const core::Letter&) override;
  bool has_mail() const { return sender_ != nullptr; }
  void stop();  // what is under way ends within a second

 private:
  std::string from_, domain_;
  std::unique_ptr<net::MailSender> sender_;  // null: no mail server
};

}  // namespace program
