//! What a server does in one step: scripts, of one key each, so that a cluster takes them too.

use std::sync::LazyLock;

use redis::Cmd;

/// A script, and the name by which a server remembers it.
pub(super) struct Script {
    text: &'static str,
    hash: String,
}

/// How a script is named in a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// For a server that remembers it.
    Hash,
    /// For one that does not, or no more: after a restart, at a replica that took over.
    Text,
}

/// The record, and the time: `{{seconds, microseconds}, record or nil}`; in the place of a record that is longer than the argument
/// says, its length.
///
/// The first line changes nothing. A replica refuses it, and so do we get no record from a server that has stopped being the
/// master while we were connected.
pub(super) static LOAD: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local outcome = redis.pcall('SETRANGE', KEYS[1], 0, '')
if type(outcome) == 'table' and outcome.err and string.find(outcome.err, 'READONLY', 1, true) then return outcome end
local record = redis.pcall('GET', KEYS[1])
if type(record) == 'table' then return record end
if record and #record > tonumber(ARGV[1]) then record = #record end
return {redis.call('TIME'), record}",
    )
});

/// Puts a record in the place of another: 1, or 0 if that one is not there. Arguments: the expected record and the new one (`-` for
/// none, or else `=` and the record), milliseconds, a channel or nothing, a message.
///
/// Errors are handed on as they are: old servers would hide them in one of their own.
pub(super) static SWAP: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local record = redis.pcall('GET', KEYS[1])
if type(record) == 'table' then return record end
if (record and '=' .. record or '-') ~= ARGV[1] then return 0 end
local outcome
if ARGV[2] == '-' then
  outcome = redis.pcall('DEL', KEYS[1])
else
  outcome = redis.pcall('SET', KEYS[1], string.sub(ARGV[2], 2), 'PX', ARGV[3])
end
if type(outcome) == 'table' and outcome.err then return outcome end
if ARGV[4] ~= '' then redis.pcall('PUBLISH', ARGV[4], ARGV[5]) end
return 1",
    )
});

impl Script {
    fn new(text: &'static str) -> Self {
        let hash = redis::Script::new(text).get_hash().to_owned();
        Self { text, hash }
    }

    pub(super) fn call(&self, form: Form, key: &str, arguments: &[&str]) -> Cmd {
        let mut command = match form {
            Form::Hash => redis::cmd("EVALSHA"),
            Form::Text => redis::cmd("EVAL"),
        };
        command.arg(match form {
            Form::Hash => self.hash.as_str(),
            Form::Text => self.text,
        });
        command.arg(1).arg(key).arg(arguments);
        command
    }
}
