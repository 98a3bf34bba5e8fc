//! Text of `--help` in addition to the flags: examples, exit codes, profiles.

macro_rules! exit_codes {
    () => {
        "\
Exit codes:
  0  success
  1  the API returned an error (any status other than 2xx), the demonstration failed, or
     `generate --check` found files that differ
  2  usage error: the command, a setting or a local file is invalid
  3  the authorization server rejected the request, or its response has no usable token
  4  the authorization server, the API or (for `store`) the store could not be reached: no
     connection, untrusted certificate (TLS), or timeout
  5  an operation in the description requires an unsupported security scheme (see `generate
     --allow-skip`)
If another process's failure is still in effect in the store, its exit code is returned without a
request."
    };
}

macro_rules! profile_example {
    () => {
        "\
A profile, in ~/.config/evergrant/config.toml:
  [profiles.shop]
  token_url = \"https://auth.example.com/oauth2/token\"
  # issuer = \"https://idp.example.com/realms/a\"   # in place of the URLs
  client_id = \"shop\"
  client_secret_env = \"CLIENT_SECRET\"       # or: client_secret_file = \"/run/secrets/shop\"
  scopes = [\"books.read\", \"orders.read\"]
  base_url = \"https://api.example.com/v1/\"  # for `call`
  # authorization_url = \"https://auth.example.com/oauth2/authorize\"   # for `login`
  # redirect_uri, authorization_params: same as the flags of `login`
  # cache = true, store_keys_env, store_keys_file, store_namespace, credential_label:
  # same as the flags
  # store = \"rediss://redis.example.com\"
  #   (a URL with a password is accepted only if this file has mode 600)
  # store_env = \"STORE_URL\"                    # or: the variable that holds the URL
  # for non-standard servers, same as the flags: grant_type, client_id_in_body = true,
  # json_body = true, allow_unlisted = true, user_agent, title_case_headers,
  # token_headers = { X-Api-Key = \"env:GATEWAY_KEY\", X-Tenant = \"shop\" },
  # token_types = [\"BearerToken\"] (flag: --token-type), access_token_at,
  # renew_on = [403, 419] (for `call`), danger_allow_missing_state = true (for `login`)
  # auth, audience, resources, params, timeout, ca_file, allow_origins, danger_allow_http_to,
  # danger_plaintext_store, danger_unencrypted_store_connection, danger_clear_text_store_password:
  # same as the flags

"
    };
}

/// Text that is included if a feature is enabled.
macro_rules! with_feature {
    ($name:ident, $feature:literal, $text:literal) => {
        #[cfg(feature = $feature)]
        macro_rules! $name {
            () => {
                $text
            };
        }
        #[cfg(not(feature = $feature))]
        macro_rules! $name {
            () => {
                ""
            };
        }
    };
}

with_feature!(demo_example, "demo", "  evergrant demo\n");
with_feature!(
    generate_example,
    "generate",
    "  evergrant generate bookstore.yaml --out sdks/bookstore\n"
);
with_feature!(cache_example, "store", "  evergrant token --profile shop --cache\n");
with_feature!(
    store_environment,
    "store",
    "\
  EVERGRANT_STORE            the URL of the store for `token` and `call`, if neither flags nor the
                             profile set one
  EVERGRANT_STORE_KEYS       the keys that encrypt tokens in the store
"
);

#[cfg(feature = "store")]
macro_rules! store_urls {
    () => {
        "\
Store URLs:
  file:/folder                        a folder on this machine, for one user
  redis://host:6379/0                 Redis or Valkey (valkey://); with TLS: rediss://, valkeys://
  redis+cluster://host:7000,host:7001
  redis+sentinel://host:26379,host:26379/service-name
  postgres://user@host/database       with sslmode, sslrootcert and other parameters as in psql
Redis: ?prefix=NAME sets the prefix of the keys, and ?ca=/file a private certificate authority.
Postgres: ?table=NAME sets the table."
    };
}

#[cfg(feature = "store")]
mod store;

#[cfg(feature = "store")]
pub(super) use self::store::{STORE, STORE_CLEAR, STORE_NEW_KEY, STORE_STATUS};

pub(super) const DISCOVER: &str = concat!(
    "\
Examples:
  evergrant discover https://idp.example.com/realms/a
  evergrant discover https://accounts.example.com --json
  evergrant discover --api https://api.example.com/v1

Reads the metadata of the issuer (RFC 8414, OpenID Connect Discovery) or of the API (RFC 9728).
Sends no credentials. Use an issuer that an API names only if you know it: your credentials go to
its endpoints.

",
    exit_codes!()
);

pub(super) const MAIN: &str = concat!(
    "Examples:\n",
    demo_example!(),
    "  evergrant token --token-url https://auth.example.com/oauth2/token --client-id shop \\
      --client-secret-env CLIENT_SECRET --scope books.read
  evergrant call --profile shop books
",
    cache_example!(),
    generate_example!(),
    "\n",
    exit_codes!(),
    "

Environment:
",
    store_environment!(),
    "  EVERGRANT_FORBID_DANGER    1: reject every --danger-... flag and danger_... setting of a profile
  NO_COLOR                   disable colours
  HTTPS_PROXY, NO_PROXY ...  proxies; not used for plain http to this machine
  SSL_CERT_FILE, SSL_CERT_DIR
                             certificate authorities to trust instead of the system's; --ca-file
                             adds to them"
);

#[cfg(feature = "demo")]
pub(super) const DEMO: &str = concat!(
    "\
Examples:
  evergrant demo                  run with live output
  evergrant demo --json | jq .    print the counters

",
    exit_codes!()
);

pub(super) const TOKEN: &str = concat!(
    "\
The token goes to standard output, everything else to standard error. If neither a --client-secret
flag nor the profile sets the secret, the program asks for it at the terminal. With --cache or
--store the stored token is printed while it is valid, even if it expires in seconds; --valid-for
sets a minimum.

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
The response body goes to standard output, whatever the status; everything else to standard error.
After a 401, a status listed in --renew-on, or an error with `WWW-Authenticate: Bearer
error=\"invalid_token\"`, the call is repeated once with a new token. The token is sent only to the
origin of the base URL, or of the URL if there is no base URL. With --cache or --store, later calls
reuse it.
Other users of this machine can read a command line. Headers, URL parameters and members of the data
whose names denote secrets (refreshToken, api_key, pwd, DPoP ...) are therefore rejected on the
command line; pass them in a file with -H @FILE or -d @FILE. For ambiguous names in a URL (key,
code, ...Token) there is a warning if the value looks like a secret. Only JSON and forms are
checked; secrets in other data, such as GraphQL or XML, are not detected.

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
Uses the authorization code grant with PKCE. The browser opens a local file, readable by you only,
that redirects to the server's sign-in page. The server then redirects it to a port on this machine,
which is closed after the sign-in. The file is removed at the end; if the program is killed or its
terminal closes, a later login removes it. A browser in a sandbox (snap, container) or on another
machine may be unable to read the file: visit the printed URL instead. The token is stored in
~/.local/state/evergrant/sessions ($XDG_STATE_HOME), readable by you only. `call` and `token` with
the same settings use it and renew it with its refresh token.
A program on a user's machine cannot keep a secret, so --auth defaults to `none` unless a secret is
set.
If the server drops `state` from its redirects, pass --danger-allow-missing-state: the redirect then
has a path of 128 random bits below /callback. If the server compares whole redirect URIs, register
one with such a path and pass it with --redirect-uri.
With --device, no browser on this machine is needed: enter the printed code on another device.

Examples:
  evergrant login --authorization-url https://auth.example.com/oauth2/authorize \\
      --token-url https://auth.example.com/oauth2/token --client-id shop-cli \\
      --scope books.read --scope offline_access
  evergrant login --profile me && evergrant call --profile me books
  evergrant login --device --issuer https://idp.example.com/realms/a --client-id shop-cli

",
    profile_example!(),
    exit_codes!()
);

pub(super) const LOGOUT: &str = concat!(
    "\
Removes the file with the token. With --revoke, the server revokes the refresh token and the access
token before (RFC 7009); if that fails, the file stays. Without it, the server is not notified.

Examples:
  evergrant logout --profile me
  evergrant logout --profile me --revoke

",
    exit_codes!()
);

#[cfg(feature = "generate")]
pub(super) const GENERATE: &str = concat!(
    "\
If the security of an operation is not supported, the command fails and names the operation (exit
code 5); with --allow-skip it skips the operation. Information that OpenAPI has no field for (client
authentication, more servers, names) goes into x-evergrant-* members of the description, or into an
overlay; `evergrant inspect` lists what is missing. Nothing is downloaded, and no code is run.
Files from an earlier run are replaced, or removed if they are no longer generated. Manual additions
to `Cargo.toml` and `README.md` are kept; other files are not changed.

Examples:
  evergrant generate bookstore.yaml --out sdks/bookstore
  evergrant generate vendor.json --overlay ours.yaml --name vendor --out sdks/vendor
  evergrant generate bookstore.yaml --out sdks/bookstore --check      # in CI
  curl -s https://api.example.com/openapi.json | evergrant generate - --out sdks/example

",
    exit_codes!()
);

#[cfg(feature = "generate")]
pub(super) const INSPECT: &str = concat!(
    "\
Lists environments, servers, security schemes with flows and scopes, operations with parameters and
responses, skipped operations with the reason, and missing information. Nothing is written.

Examples:
  evergrant inspect bookstore.yaml
  evergrant inspect vendor.json --overlay ours.yaml
  evergrant inspect bookstore.yaml --json | jq '.assumptions'

",
    exit_codes!()
);

pub(super) const COMPLETIONS: &str = "\
Examples:
  evergrant completions bash > ~/.local/share/bash-completion/completions/evergrant
  evergrant completions zsh > ~/.zfunc/_evergrant
  evergrant completions fish > ~/.config/fish/completions/evergrant.fish";
