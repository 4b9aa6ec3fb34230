#include "modules/sell/kitchen/kitchen.h"

namespace kitchen {

namespace {

// The ticket and the order that waits for it move in one commit.
Result<tickets::Ticket> move(core::Tx& tx, const core::Actor& actor, const MoveTicket& in, tickets::TicketState to) {
  auto ticket = TRY(tickets::move(tx, in.id, to));
  TRY(orders::follow_kitchen(
      tx, actor, ticket.order,
      to == tickets::TicketState::recalled ? orders::KitchenMove::recall : orders::KitchenMove::forward));
  return ticket;
}

}  // namespace

Result<tickets::Ticket> start_ticket(core::Tx& tx, const core::Actor& actor, const MoveTicket& in) {
  return move(tx, actor, in, tickets::TicketState::started);
}
Result<tickets::Ticket> bump_ticket(core::Tx& tx, const core::Actor& actor, const MoveTicket& in) {
  return move(tx, actor, in, tickets::TicketState::bumped);
}
Result<tickets::Ticket> recall_ticket(core::Tx& tx, const core::Actor& actor, const MoveTicket& in) {
  return move(tx, actor, in, tickets::TicketState::recalled);
}

}  // namespace kitchen
