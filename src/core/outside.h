#pragma once
#include <cstdint>
#include <string>

// What the work of a job may reach outside of the process. The program gives it (Daybook::Options::outside): the kernel and the
// modules know no network. Called on the threads of jobs; a letter takes up to a minute, so give its job a lease of two.
namespace core {

// A letter to one person, UTF-8. The sender is the program's (`mail_from`).
struct Letter {
  std::string to;  // "ada@example.org" or "Ada <ada@example.org>"
  std::string subject, text;
  std::string html = {};  // the same for who sees HTML; empty: none
  std::string key;        // of the job: letters, digits, - and _. Each try has the same, so that two arrivals look like one
};

struct Delivery {
  enum class Outcome : std::uint8_t {
    accepted,  // taken over; whether it arrives is not known
    refused,   // never; another try is refused, too
    later,     // not this time: return a problem from the work, and the job is tried again
  };
  Outcome outcome = Outcome::later;
  std::string reply;  // of the other side, or what is wrong
};

class Outside {
 public:
  virtual ~Outside() = default;
  virtual Delivery mail(const Letter&) { return {Delivery::Outcome::later, "no mail server is set up: mail_url, mail_from"}; }
};

}  // namespace core
