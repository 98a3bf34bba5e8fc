//! Descriptions of server errors. The text of an error is not shown, because it may contain a password.

/// Error codes and their descriptions.
const CODES: [(&str, &str); 25] = [
    ("ASK", "another server has the key"),
    ("BUSY", "the server is busy with a script"),
    ("CLUSTERDOWN", "the cluster is down"),
    ("CROSSSLOT", "the keys are in different slots"),
    (
        "DENIED",
        "the server is in protected mode and rejects connections from this machine; set a password on it",
    ),
    ("ERR", ""),
    ("EXECABORT", "the transaction was aborted"),
    ("LOADING", "the server is loading its data"),
    ("MASTERDOWN", "the replica has lost its master"),
    ("MISCONF", "the server cannot save its data to disk and rejects writes"),
    ("MOVED", "another server has the key"),
    ("NOAUTH", "the server requires a password, and the store's URL has none"),
    ("NOGOODSLAVE", "no replica can take over"),
    (
        "NOPERM",
        "the user has no permission for a command, key or channel that the store needs",
    ),
    ("NOPROTO", "the server does not support this version of the protocol"),
    (
        "NOREPLICAS",
        "too few replicas are connected, and the server rejects writes",
    ),
    ("NOSCRIPT", "the server does not have the script"),
    ("NOTBUSY", "no script is running"),
    ("OOM", "the server's memory is full, and it rejects writes"),
    ("READONLY", "the server is a replica and rejects writes"),
    ("TRYAGAIN", "the keys are being migrated to another server"),
    ("UNBLOCKED", "the server aborted the command"),
    ("UNKILLABLE", "the server is busy with a script that has written"),
    ("WRONGPASS", "the user does not exist, or the password is wrong"),
    ("WRONGTYPE", "the value of the key is not text"),
];

/// Errors without a specific code: a phrase in the text, and the description.
const PHRASES: [(&str, &str); 7] = [
    (
        "without any password configured",
        "the server is without any password, and the store's URL has one",
    ),
    (
        "wrong number of arguments",
        "wrong number of arguments; the server may be too old to support users",
    ),
    (
        "DB index is out of range",
        "DB index is out of range: the server has no database of this number",
    ),
    (
        "cluster support disabled",
        "the server has cluster support disabled; use a redis:// URL",
    ),
    ("max number of clients", "max number of clients reached"),
    (
        "The user executing the script",
        "the user has no permission for a command that the store needs",
    ),
    ("nknown subcommand", "unknown subcommand; the server may be too old"),
];

/// The commands that the store sends, for the description of an unknown command.
const COMMANDS: [&str; 11] = [
    "EVALSHA",
    "EVAL",
    "AUTH",
    "SELECT",
    "SCAN",
    "CLUSTER",
    "SENTINEL",
    "ROLE",
    "ASKING",
    "SUBSCRIBE",
    "PING",
];

/// Describes an error with this code and text.
pub(super) fn said(code: &str, words: &str) -> String {
    let Some((code, meaning)) = CODES.iter().find(|(known, _)| *known == code) else {
        return "unknown error code; the text is not shown because it may contain a password".to_owned();
    };
    if !meaning.is_empty() {
        return format!("{code}, {meaning}");
    }
    let phrase = PHRASES.iter().find(|(words_of_it, _)| words.contains(words_of_it));
    match (phrase, unknown_command(words)) {
        (Some((_, meaning)), _) => format!("{code}, {meaning}"),
        (None, Some(command)) => format!("{code}, unknown command '{command}'"),
        (None, None) => format!("{code}; the text is not shown because it may contain a password"),
    }
}

fn unknown_command(words: &str) -> Option<&'static str> {
    let said = words.get(.."unknown command".len())?;
    // The text after it may contain a record.
    let words = words.split(", with args").next()?;
    let named = |command: &&&str| words.contains(**command);
    let command = COMMANDS.iter().find(named).copied();
    said.eq_ignore_ascii_case("unknown command").then_some(command)?
}
