//! What servers say, in words of ours: for an operator, who has to know what is wrong, and from whom a server's own words are
//! withheld, since they may have a password in them.

/// Codes and classes of codes (Postgres' documentation, appendix A), the longer ones first.
const CODES: [(&str, &str); 33] = [
    ("08P01", "protocol violation"),
    ("22021", "a character that the database's encoding does not have"),
    ("25006", "the server does not write"),
    (
        "28000",
        "no entry of pg_hba.conf lets this user in from here; if the connection has no encryption, sslmode=verify-full adds it",
    ),
    ("28P01", "password authentication failed"),
    ("3D000", "the database does not exist"),
    ("3F000", "the schema does not exist"),
    ("40001", "another one was faster"),
    ("40P01", "deadlock"),
    ("42501", "the user has no right to this"),
    ("42601", "syntax error: it may be no Postgres"),
    ("42703", "a column does not exist"),
    ("42883", "a function does not exist: the server may be too old"),
    ("42P01", "the table does not exist"),
    ("53100", "the disk is full"),
    ("53200", "out of memory"),
    ("53300", "too many connections"),
    ("55P03", "the lock is held by somebody else"),
    ("57014", "the statement was cancelled, perhaps for its time"),
    ("57P01", "the server is shutting down"),
    ("57P02", "the server has crashed"),
    ("57P03", "the server is starting up"),
    ("08", "the connection failed"),
    ("0A", "a feature that is not supported"),
    ("22", "invalid data"),
    ("25", "invalid state of the transaction"),
    ("28", "authentication failed"),
    ("42", "syntax error, or a missing right"),
    ("53", "the server lacks resources"),
    ("54", "a limit of the server is exceeded"),
    ("57", "the server's operator intervened"),
    ("58", "the server's system failed"),
    ("XX", "internal error"),
];

/// An error with this code, as it is told of. What looks like no code is not shown.
pub(super) fn said(code: &str) -> String {
    let is_code = code.len() == 5
        && code
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    let known = CODES.iter().find(|(known, _)| is_code && code.starts_with(known));
    match known {
        Some((_, meaning)) => format!("{meaning} [{code}]; the server's log says more"),
        None => "an error of a kind that is not known here; the server's log says more".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_with_what_they_mean_and_nothing_else_is() {
        assert!(said("28P01").starts_with("password authentication failed [28P01]"));
        assert!(said("53400").starts_with("the server lacks resources [53400]"));
        for nonsense in [
            "",
            "28P0",
            "28P011",
            "28p01",
            "QQ000",
            "not-a-real-secret",
            "28P0\u{1b}",
        ] {
            assert!(said(nonsense).contains("not known here"), "{nonsense}");
        }
    }
}
