//! Descriptions of server errors. The text of an error is not shown, because it may contain a password.

/// Error codes and classes (appendix A of the Postgres documentation), the longer ones first.
const CODES: [(&str, &str); 33] = [
    ("08P01", "protocol violation"),
    ("22021", "a character is not in the database's encoding"),
    ("25006", "the server is read-only"),
    (
        "28000",
        "pg_hba.conf does not allow this user from this machine; if the connection has no encryption, try \
         sslmode=verify-full",
    ),
    ("28P01", "password authentication failed"),
    ("3D000", "the database does not exist"),
    ("3F000", "the schema does not exist"),
    ("40001", "a concurrent transaction has changed the row"),
    ("40P01", "deadlock"),
    ("42501", "the user has no permission"),
    ("42601", "syntax error: the server may not be Postgres"),
    ("42703", "a column does not exist"),
    ("42883", "a function does not exist: the server may be too old"),
    ("42P01", "the table does not exist"),
    ("53100", "the disk is full"),
    ("53200", "out of memory"),
    ("53300", "too many connections"),
    ("55P03", "another transaction holds the lock"),
    ("57014", "the statement was cancelled, possibly by a timeout"),
    ("57P01", "the server is shutting down"),
    ("57P02", "the server has crashed"),
    ("57P03", "the server is starting up"),
    ("08", "the connection failed"),
    ("0A", "a feature is not supported"),
    ("22", "invalid data"),
    ("25", "invalid state of the transaction"),
    ("28", "authentication failed"),
    ("42", "syntax error or missing permission"),
    ("53", "the server lacks resources"),
    ("54", "a limit of the server is exceeded"),
    ("57", "an operator intervened"),
    ("58", "a system error on the server"),
    ("XX", "internal error"),
];

/// Describes an error with this code. An invalid code is not shown.
pub(super) fn said(code: &str) -> String {
    let is_code = code.len() == 5
        && code
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    let known = CODES.iter().find(|(known, _)| is_code && code.starts_with(known));
    match known {
        Some((_, meaning)) => format!("{meaning} [{code}]; see the server's log"),
        None => "unknown error code; see the server's log".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_valid_codes_are_shown() {
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
            assert!(said(nonsense).contains("unknown error code"), "{nonsense}");
        }
    }
}
