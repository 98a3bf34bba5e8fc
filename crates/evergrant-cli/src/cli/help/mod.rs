//! What `--help` says beyond the flags: examples, exit codes, profiles.

macro_rules! exit_codes {
    () => {
        "\
Exit codes:
  0  success
  1  the API refused (any status that is not 2xx), the demonstration did not hold, or
     `generate --check` found another SDK than the description's
  2  usage: the command, a setting or a local file cannot be used
  3  the authorization server refused, or answered with something that is no token
  4  the authorization server, the API or (for `store`) the store could not be reached: no
     connection, no trust (TLS), no answer in time
  5  operations of a description ask for a security that is not supported, and `generate`
     was not told to leave them out
Where nothing is sent because of a failure that the store remembers, the code is that failure's."
    };
}

macro_rules! profile_example {
    () => {
        "\
A profile, in ~/.config/evergrant/config.toml:
  [profiles.shop]
  token_url = \"https://auth.example.com/oauth2/token\"
  client_id = \"shop\"
  client_secret_env = \"CLIENT_SECRET\"       # or: client_secret_file = \"/run/secrets/shop\"
  scopes = [\"books.read\", \"orders.read\"]
  base_url = \"https://api.example.com/v1/\"  # for `call`
  # authorization_url = \"https://auth.example.com/oauth2/authorize\"   # for `login`
  # redirect_uri, authorization_params: as the flags of `login`
  # cache = true, store_keys_env, store_keys_file, store_namespace, credential_label: as the flags
  # store = \"rediss://redis.example.com\"       # with a password, in a file of mode 600 only
  # store_env = \"STORE_URL\"                    # or: the variable that holds the URL
  # for servers that differ, as the flags: grant_type, client_id_in_body = true, json_body = true,
  # user_agent, token_headers = { X-Api-Key = \"env:GATEWAY_KEY\", X-Tenant = \"shop\" }, title_case_headers,
  # token_types = [\"BearerToken\"] (as --token-type), access_token_at,
  # renew_on = [403, 419] (for `call`), danger_allow_missing_state = true (for `login`)
  # auth, audience, resources, params, timeout, ca_file, allow_origins, danger_allow_http_to,
  # danger_plaintext_store, danger_unencrypted_store_connection, danger_clear_text_store_password: as the flags

"
    };
}

macro_rules! urls {
    () => {
        "\
URLs of stores:
  file:/folder                        a folder of this machine, for one user
  redis://host:6379/0                 Redis or Valkey (valkey://); with TLS: rediss://, valkeys://
  redis+cluster://host:7000,host:7001
  redis+sentinel://host:26379,host:26379/service-name
  postgres://user@host/database       sslmode, sslrootcert and the rest as psql takes them
Redis takes ?prefix=NAME for its keys and ?ca=/file for a certificate authority of your own;
Postgres takes ?table=NAME."
    };
}

mod store;

pub(super) use self::store::{STORE, STORE_CLEAR, STORE_NEW_KEY, STORE_STATUS};

pub(super) const MAIN: &str = concat!(
    "\
Examples:
  evergrant demo
  evergrant token --token-url https://auth.example.com/oauth2/token --client-id shop \\
      --client-secret-env CLIENT_SECRET --scope books.read
  evergrant call --profile shop books
  evergrant token --profile shop --cache
  evergrant generate bookstore.yaml --out sdks/bookstore

",
    exit_codes!(),
    "

Environment:
  EVERGRANT_STORE            the URL of a store for `token` and `call`, where neither flags nor the
                             profile say one
  EVERGRANT_STORE_KEYS       the keys to encrypt tokens in it with
  EVERGRANT_FORBID_DANGER    1: refuse every --danger-... flag and danger_... setting of a profile
  NO_COLOR                   no colours
  HTTPS_PROXY, NO_PROXY ...  proxies, as usual; plain http to this machine goes past them
  SSL_CERT_FILE, _DIR        certificate authorities to trust instead of the system's; --ca-file
                             adds to either"
);

pub(super) const DEMO: &str = concat!(
    "\
Examples:
  evergrant demo                  watch it
  evergrant demo --json | jq .    what was counted

",
    exit_codes!()
);

pub(super) const TOKEN: &str = concat!(
    "\
The token alone goes to standard output, everything else to standard error. Without any of the
--client-secret flags, and without one in the profile, the secret is asked for at the terminal.
With --cache or --store the last token is printed for as long as it is valid, be that only for
seconds: --valid-for asks for more.

Examples:
  evergrant token --token-url https://auth.example.com/oauth2/token --client-id shop \\
      --client-secret-file /run/secrets/shop --scope books.read --scope orders.read
  pass show shop | evergrant token --profile shop --client-secret-stdin
  evergrant token --profile shop --cache --valid-for 600
  evergrant token --profile shop --grant-type account_credentials --param account_id=77 \\
      --token-header X-Api-Key=env:GATEWAY_KEY
  curl -H @<(evergrant token --profile shop --header) https://api.example.com/v1/books

",
    profile_example!(),
    exit_codes!()
);

pub(super) const CALL: &str = concat!(
    "\
The body goes to standard output, whatever the status; everything else to standard error. A 401,
a status given with --renew-on, and any error that says so itself (WWW-Authenticate: Bearer
error=\"invalid_token\") is met with a new token and one more try. The token goes to the origin of the URL (of the base
URL, if there is one) and no other. With --cache or --store it is used again by later calls.
Others on this machine can read a command line. A header, a parameter of the URL or a member of the
data that is named as a secret is (refreshToken, api_key, pwd, DPoP ...) is refused there: -H @FILE
and -d @FILE take it from a file. A `key`, a `code` or another `...Token` in a URL is warned of where
its value looks like a secret. Data is looked into where it is JSON or a form; in any other, such as
GraphQL or XML, no secret is noticed.

Examples:
  evergrant call --profile shop books
  evergrant call --profile shop --cache books
  evergrant call --profile shop -X DELETE -i books/7
  evergrant call --profile shop --data @book.json books
  evergrant call --token-url https://auth.example.com/oauth2/token --client-id shop \\
      --client-secret-env CLIENT_SECRET https://api.example.com/v1/books

",
    profile_example!(),
    exit_codes!()
);

pub(super) const LOGIN: &str = concat!(
    "\
The authorization code grant with PKCE: the browser is opened at a page in a file, readable for you
alone, that leads on to the server's own pages, and comes back to a port of this machine, which is
closed again at once. The file is removed at the end, or by a later login where the program is killed
or its terminal closed. A browser in a sandbox (a snap, a container, another machine) may not be able
to read that file: visit the URL that is printed instead. The token is kept in
~/.local/state/evergrant/sessions ($XDG_STATE_HOME), readable for you alone, and renewed with its
refresh token by `call` and `token` when they are given the same settings.
A program on its user's machine has no secret: --auth is `none` here unless a secret is given.
A server that drops `state` from its redirects is met with --danger-allow-missing-state: the browser
comes back to a path of 128 random bits below /callback instead. Where the server compares whole
redirect URIs, register one with such a path, and give it with --redirect-uri.

Examples:
  evergrant login --authorization-url https://auth.example.com/oauth2/authorize \\
      --token-url https://auth.example.com/oauth2/token --client-id shop-cli \\
      --scope books.read --scope offline_access
  evergrant login --profile me && evergrant call --profile me books

",
    profile_example!(),
    exit_codes!()
);

pub(super) const LOGOUT: &str = concat!(
    "\
The file with the token is removed. The server is told nothing: to end what it knows of the
sign-in, revoke it there.

Examples:
  evergrant logout --profile me

",
    exit_codes!()
);

pub(super) const GENERATE: &str = concat!(
    "\
An operation whose security cannot be honoured is never generated without it: the command fails and
names it (exit code 5), unless --allow-skip leaves it out. What a description cannot say (how the
client authenticates, further servers, names) is said in x-evergrant-* members of it, or in an
overlay; `evergrant inspect` lists what is missing. Nothing is fetched, and no code is run.
Files of an earlier generation are replaced, and removed when they are no longer generated.
`Cargo.toml` and `README.md` keep what was added by hand; other files are left alone.

Examples:
  evergrant generate bookstore.yaml --out sdks/bookstore
  evergrant generate vendor.json --overlay ours.yaml --name vendor --out sdks/vendor
  evergrant generate bookstore.yaml --out sdks/bookstore --check      # in CI
  curl -s https://api.example.com/openapi.json | evergrant generate - --out sdks/example

",
    exit_codes!()
);

pub(super) const INSPECT: &str = concat!(
    "\
Environments, servers, schemes with their flows and scopes, each operation with what it takes and
gives, what is left out and why, and what the description does not say. Nothing is written.

Examples:
  evergrant inspect bookstore.yaml
  evergrant inspect vendor.json --overlay ours.yaml
  evergrant inspect bookstore.yaml --json | jq '.unsaid'

",
    exit_codes!()
);

pub(super) const COMPLETIONS: &str = "\
Examples:
  evergrant completions bash > ~/.local/share/bash-completion/completions/evergrant
  evergrant completions zsh > ~/.zfunc/_evergrant
  evergrant completions fish > ~/.config/fish/completions/evergrant.fish";
