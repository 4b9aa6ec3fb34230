#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <iomanip>
#include <iostream>

#include "main/commands.h"
#include "main/demo.h"
#include "main/failure.h"
#include "main/files.h"
#include "main/modules.h"
#include "main/play.h"

namespace program {

namespace {

std::atomic<bool> interrupted = false;

struct ItemPage {
  std::vector<catalog::Item> data;
  std::optional<std::string> next_cursor;
};
RECORD(ItemPage, data, next_cursor)
RECORD_TYPE(ItemPage, "Items of the menu.")
struct LocationPage {
  std::vector<settings::Location> data;
};
RECORD(LocationPage, data)
RECORD_TYPE(LocationPage, "Locations.")

template <class Page>
Page get(const Session& session, const std::string& path) {
  net::Client client(session.server);
  const auto response = client.call("GET", path, {{"Authorization", "Bearer " + session.token}}, {});
  if (response.status != 200) throw Failure("GET " + path + ": " + text_of(response));
  return must(reflect::from_json<Page>(response.body, reflect::Read::stored));
}

std::vector<catalog::Item> menu_of(const Session& session) {
  std::vector<catalog::Item> items;
  std::optional<std::string> cursor;
  do {
    auto page = get<ItemPage>(session, "/api/v1/items?limit=200" + (cursor ? "&after=" + *cursor : ""));
    std::ranges::move(page.data, std::back_inserter(items));
    cursor = page.next_cursor;
  } while (cursor);
  if (items.empty()) throw Failure("nothing is for sale; import a catalog first");
  return items;
}

std::string location_of(const Session& session, const std::string& wanted) {
  if (wanted.empty()) return {};
  std::string names;
  for (auto& location : get<LocationPage>(session, "/api/v1/locations?limit=200").data) {
    if (location.id.text() == wanted || folded(location.name) == folded(wanted)) return location.id.text();
    names += (names.empty() ? "" : ", ") + location.name;
  }
  throw Failure("there is no location " + wanted + "; there are: " + names);
}

// The busiest Friday of the recording, or its busiest day when it has none.
std::string busiest_friday(const std::vector<SheetOrder>& orders) {
  std::map<std::string, std::int64_t> days;
  for (auto& order : orders) ++days[base::print_instant(*order.at).substr(0, 10)];
  const auto rank = [](const auto& day) {
    const std::chrono::weekday of(std::chrono::sys_days(*base::parse_date(day.first)));
    return std::pair(of == std::chrono::Friday, day.second);
  };
  return std::ranges::max_element(days, {}, rank)->first;
}

std::vector<SheetOrder> recorded_orders(const ReplayWish& wish, const std::vector<catalog::Item>& items) {
  auto sheet = read_orders(wish.file.empty() ? std::string(demo_file("friday.csv")) : read_file(wish.file), {}, items,
                           items.front().price.currency());
  auto& all = sheet.orders;
  std::erase_if(all, [](const SheetOrder& order) { return !order.at; });
  if (all.empty())
    throw Failure("no order of the recording can be played here" +
                  (sheet.complaints.empty()
                       ? std::string(": none has a date and time")
                       : ": line " + std::to_string(sheet.complaints.front().line) + ", " + sheet.complaints.front().text));
  const auto day = wish.day.empty() ? busiest_friday(all) : wish.day;
  std::erase_if(all, [&](const SheetOrder& order) { return !base::print_instant(*order.at).starts_with(day); });
  if (all.empty()) throw Failure("the recording has no orders of " + day);
  std::ranges::stable_sort(all, {}, [](const SheetOrder& order) { return *order.at; });
  if (wish.orders > 0 && std::ssize(all) > wish.orders) all.resize(static_cast<std::size_t>(wish.orders));
  if (!sheet.complaints.empty())
    std::cerr << sheet.complaints.size() << " lines of the recording are left out, such as line "
              << sheet.complaints.front().line << ": " << sheet.complaints.front().text << '\n';
  std::cout << "playing " << all.size() << " orders of " << day << " at " << wish.speed << " times their speed" << std::endl;
  return all;
}

std::string milliseconds(std::vector<std::int64_t> all, std::size_t percent) {
  if (all.empty()) return "-";
  const auto place = all.begin() + static_cast<std::ptrdiff_t>((all.size() - 1) * percent / 100);
  std::ranges::nth_element(all, place);
  const auto tenths = (*place + 50) / 100;
  return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + " ms";
}

std::string revenue_of(const Score& score) {
  return score.revenue.currency().empty() ? "0" : score.revenue.decimal() + ' ' + score.revenue.currency().text();
}

void show(const Score& score) {
  std::cout << "\r\033[K" << score.clock << "  " << score.placed + score.there_already << '/' << score.orders << " orders, "
            << score.placed - score.completed << " under way, " << revenue_of(score) << ", p99 "
            << milliseconds(score.microseconds, 99) << (score.refused ? ", " + std::to_string(score.refused) + " refused" : "")
            << std::flush;
}

void sum_up(const Score& score, std::int64_t run) {
  for (auto& reason : score.reasons) std::cerr << "refused: " << reason << '\n';
  std::cout << score.placed << " orders placed, " << score.completed << " handed over, revenue " << revenue_of(score)
            << "; placing took " << milliseconds(score.microseconds, 50) << " (p50), " << milliseconds(score.microseconds, 99)
            << " (p99); " << score.refused << " refused";
  if (score.there_already) std::cout << "; " << score.there_already << " were there already";
  if (score.retries) std::cout << "; " << score.retries << " calls repeated";
  std::cout << "\nthe same orders once more, placed no second time: --run " << run << '\n';
}

}  // namespace

int replay(const Configuration& configuration, const ReplayWish& wish) {
  const auto session = open_session(configuration, wish.remote, "staff", "daybook replay");
  Play::Options options{
      .speed = wish.speed, .location = location_of(session, wish.location), .clients = static_cast<std::size_t>(wish.clients)};
  options.run = wish.run.empty() ? system_time().time_since_epoch().count() / 1000 : std::stoll(wish.run);
  Play play(session, recorded_orders(wish, menu_of(session)), options);
  signal(SIGINT, [](int) { interrupted = true; });
  play.start();
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  while (!play.ended()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(terminal ? 250 : 50));
    if (terminal) show(play.score());
    if (interrupted) play.stop();
  }
  if (terminal) std::cout << "\r\033[K";
  const auto score = play.score();
  sum_up(score, options.run);
  return static_cast<int>(score.refused == 0 ? Exit::ok : Exit::failed);
}

}  // namespace program
