//! What servers say, in words of ours: for an operator, who has to know what is wrong, and from whom a server's own words are
//! withheld, since they may have a password in them.

/// The codes that servers begin an error with, and what they mean to us.
const CODES: [(&str, &str); 25] = [
    ("ASK", "another server has the key"),
    ("BUSY", "the server is busy with a script"),
    ("CLUSTERDOWN", "the cluster is down"),
    ("CROSSSLOT", "the keys are in different slots"),
    (
        "DENIED",
        "the server is in protected mode, and takes no connections from here; give it a password",
    ),
    ("ERR", ""),
    ("EXECABORT", "the transaction was given up"),
    ("LOADING", "the server is loading its data"),
    ("MASTERDOWN", "the replica has lost its master"),
    (
        "MISCONF",
        "the server cannot save its data to disk, and takes no writes",
    ),
    ("MOVED", "another server has the key"),
    ("NOAUTH", "the server asks for a password, and the store's URL has none"),
    ("NOGOODSLAVE", "no replica can take over"),
    (
        "NOPERM",
        "the user has no right to a command, key or channel that the store needs",
    ),
    ("NOPROTO", "the server does not speak this version of the protocol"),
    (
        "NOREPLICAS",
        "too few replicas are there, and the server takes no writes",
    ),
    ("NOSCRIPT", "the server does not remember the script"),
    ("NOTBUSY", "no script is running"),
    ("OOM", "the server's memory is full, and it takes no writes"),
    ("READONLY", "the server is a replica, and takes no writes"),
    ("TRYAGAIN", "the keys are on their way to another server"),
    ("UNBLOCKED", "the server gave the command up"),
    ("UNKILLABLE", "the server is busy with a script that has written"),
    ("WRONGPASS", "the server knows no such user, or another password"),
    ("WRONGTYPE", "there is something else under the key, and no text"),
];

/// Errors that have no code of their own: words to know each by, and what it means to us.
const PHRASES: [(&str, &str); 7] = [
    (
        "without any password configured",
        "the server is without any password, and the store's URL has one",
    ),
    (
        "wrong number of arguments",
        "wrong number of arguments; the server may be too old to know users",
    ),
    (
        "DB index is out of range",
        "DB index is out of range: the server has no database of this number",
    ),
    (
        "cluster support disabled",
        "the server has cluster support disabled; write its URL as redis://",
    ),
    ("max number of clients", "max number of clients reached"),
    (
        "The user executing the script",
        "the user has no right to a command that the store needs",
    ),
    ("nknown subcommand", "unknown subcommand; the server may be too old"),
];

/// Our commands, for the error that one of them is not known.
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

/// An error of this code, with these words, as it is told of.
pub(super) fn said(code: &str, words: &str) -> String {
    let Some((code, meaning)) = CODES.iter().find(|(known, _)| *known == code) else {
        return "an unknown code; the error is not shown, for it may repeat a password".to_owned();
    };
    if !meaning.is_empty() {
        return format!("{code}, {meaning}");
    }
    let phrase = PHRASES.iter().find(|(words_of_it, _)| words.contains(words_of_it));
    match (phrase, unknown_command(words)) {
        (Some((_, meaning)), _) => format!("{code}, {meaning}"),
        (None, Some(command)) => format!("{code}, unknown command '{command}'"),
        (None, None) => format!("{code}; what else it says is not shown, for it may repeat a password"),
    }
}

fn unknown_command(words: &str) -> Option<&'static str> {
    let said = words.get(.."unknown command".len())?;
    // What comes after may be a record.
    let words = words.split(", with args").next()?;
    let named = |command: &&&str| words.contains(**command);
    let command = COMMANDS.iter().find(named).copied();
    said.eq_ignore_ascii_case("unknown command").then_some(command)?
}
