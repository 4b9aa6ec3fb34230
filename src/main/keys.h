#pragma once
#include <memory>

#include "base/keyring.h"
#include "main/options.h"

// Where the master keys come from: DAYBOOK_MASTER_KEYS ("id key" in hex, several by comma), else the file of the option `keys`,
// else DIR/keys; with PostgreSQL a file below $XDG_STATE_HOME (else ~/.local/state), named by a hash of the URL.
namespace program {

// Those keys; a file that is missing is made, 0600, with one new key. Failure when it is malformed, or open to others.
std::shared_ptr<const base::Keyring> master_keys(const Configuration&);

// `daybook keys list|rotate`: the ids, newest first; a new key before them, for the next start of the server.
int list_keys(const Configuration&);
int rotate_keys(const Configuration&);

}  // namespace program
