//! What `--help` says of stores of tokens.

pub(in crate::cli) const STORE: &str = concat!(
    "\
A store keeps tokens for later invocations, and for other programs that ask for the same: `--cache`
keeps them on this machine, for you alone, and `--store URL` wherever the URL leads to. One process
fetches the token, however many need it at once; the others wait for it. What an API refuses, and
how long a server wants to be left alone, holds for all. Without the store each fetches for itself.

",
    urls!(),
    "

A URL with a password belongs in EVERGRANT_STORE or in a profile, not on the command line.

Redis and Postgres ask for keys to encrypt tokens with, in EVERGRANT_STORE_KEYS or in a file; a
folder can have them. The first key encrypts, all of them decrypt. To change keys, add the new one
at the end, everywhere; move it to the front, everywhere; drop the old one once `status` names it no
more.

Examples:
  evergrant token --profile shop --cache
  evergrant store status
  evergrant store clear

  export EVERGRANT_STORE_KEYS=\"$(evergrant store new-key)\"     # the same for all
  evergrant call --profile shop --store rediss://redis.example.com books
  evergrant store status rediss://redis.example.com

",
    exit_codes!()
);

pub(in crate::cli) const STORE_STATUS: &str = concat!(
    "\
Tokens are neither shown nor decrypted, so no keys are needed. Nothing is changed.

",
    urls!(),
    "

Examples:
  evergrant store status
  evergrant store status postgres://shop@db.example.com/shop
  EVERGRANT_STORE=\"$(cat /run/secrets/store-url)\" evergrant store status
  evergrant store status --json | jq '.entries[] | select(.failure)'

",
    exit_codes!()
);

pub(in crate::cli) const STORE_CLEAR: &str = concat!(
    "\
Nothing is lost: whoever needs a token fetches another one. The server is told nothing, so that the
tokens themselves stay valid until they expire. Damaged entries are removed too. No keys are needed.

",
    urls!(),
    "

Examples:
  evergrant store clear
  evergrant store clear redis://127.0.0.1:6379/0 \\
      --key 6a1e4c0b52f7c3a9d8e0b1f2a3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6

",
    exit_codes!()
);

pub(in crate::cli) const STORE_NEW_KEY: &str = "\
The key goes to standard output and is kept nowhere: whoever has it can decrypt the tokens.

Examples:
  export EVERGRANT_STORE_KEYS=\"$(evergrant store new-key)\"
  (umask 077; evergrant store new-key >> keys)      # for --store-keys-file, at the end
  evergrant store new-key blue";
