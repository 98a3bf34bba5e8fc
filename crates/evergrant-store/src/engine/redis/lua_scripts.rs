//! Scripts that a server executes atomically. Each uses one key, so that they work in a cluster.

use std::sync::LazyLock;

use redis::Cmd;

/// A script and its hash.
pub(super) struct Script {
    text: &'static str,
    hash: String,
}

/// How a command refers to a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// By its hash, for a server that has cached it.
    Hash,
    /// By its text, for a server that has not: after a restart or a failover.
    Text,
}

/// Returns the time and the record: `{{seconds, microseconds}, record or nil}`. Instead of a record that is longer than
/// the argument, it returns the length.
///
/// The first line changes nothing, but a replica rejects it. A demoted server therefore returns no record.
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

/// Replaces the expected record. Returns 1, or 0 if another record is stored. Arguments: the expected record and the
/// new record (`-` for none, otherwise `=` and the record), the lifetime in milliseconds, a channel or an empty string,
/// a message.
///
/// Errors are returned as values: old servers would wrap them in another error.
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
