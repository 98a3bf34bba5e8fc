//! Text of `--help` for token stores.

pub(in crate::arguments) const STORE: &str = concat!(
    "\
A store keeps tokens for later runs, and for other programs with the same settings: `--cache` stores
them on this machine, readable by you only, and `--store URL` at the URL. If several processes need
a token, one of them fetches it and the others wait. Tokens rejected by an API and the back-off
after server failures are shared too. Without a store, each process fetches its own token.

",
    store_urls!(),
    "

Put a URL with a password into EVERGRANT_STORE or a profile, not on the command line.

Redis and Postgres require keys that encrypt the tokens, in EVERGRANT_STORE_KEYS or in a file; for a
folder they are optional. The first key encrypts; all keys decrypt. To replace a key, add the new
one at the end in all processes, then move it to the front in all processes, and remove the old one
when `status` no longer shows it.

Examples:
  evergrant token --profile shop --cache
  evergrant store status
  evergrant store clear

  export EVERGRANT_STORE_KEYS=\"$(evergrant store new-key)\"     # the same for all processes
  evergrant call --profile shop --store rediss://redis.example.com books
  evergrant store status rediss://redis.example.com

",
    exit_codes!()
);

pub(in crate::arguments) const STORE_STATUS: &str = concat!(
    "\
Does not decrypt or show tokens, so no keys are needed. Changes nothing.

",
    store_urls!(),
    "

Examples:
  evergrant store status
  evergrant store status postgres://shop@db.example.com/shop
  EVERGRANT_STORE=\"$(cat /run/secrets/store-url)\" evergrant store status
  evergrant store status --json | jq '.records[] | select(.failure)'

",
    exit_codes!()
);

pub(in crate::arguments) const STORE_CLEAR: &str = concat!(
    "\
Programs fetch new tokens when they need them. The server is not notified, so the removed tokens
stay valid until they expire. Damaged records are removed too. No keys are needed.

",
    store_urls!(),
    "

Examples:
  evergrant store clear
  evergrant store clear redis://127.0.0.1:6379/0 \\
      --key 6a1e4c0b52f7c3a9d8e0b1f2a3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6

",
    exit_codes!()
);

pub(in crate::arguments) const STORE_NEW_KEY: &str = "\
Prints the key to standard output and does not store it. Anybody with the key can decrypt the
tokens.

Examples:
  export EVERGRANT_STORE_KEYS=\"$(evergrant store new-key)\"
  (umask 077; evergrant store new-key >> keys)      # appends to the file of --store-keys-file
  evergrant store new-key blue";
