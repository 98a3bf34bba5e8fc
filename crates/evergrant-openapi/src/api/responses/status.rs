//! The status of a described response: a number, a range, or `default`.

use std::fmt;

use crate::errors_and_warnings::Problem;
use crate::names::pascal;
use crate::parsed_description::Node;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Exact(u16),
    /// All statuses with this first digit: `Range(4)` is `4XX`.
    Range(u8),
    Any,
}

impl Status {
    pub(super) fn parse(node: &Node<'_>, text: &str) -> Result<Self, Problem> {
        let digits = text.as_bytes();
        match text {
            "default" => Ok(Self::Any),
            _ if text.len() == 3 && text[1..].eq_ignore_ascii_case("xx") && (b'1'..=b'5').contains(&digits[0]) => {
                Ok(Self::Range(digits[0] - b'0'))
            }
            _ => match text.parse::<u16>() {
                Ok(status) if (100..600).contains(&status) => Ok(Self::Exact(status)),
                _ => Err(node.problem("invalid status: use a number such as 200, a range such as 4XX, or default")),
            },
        }
    }

    pub(super) fn hundreds(self) -> Option<u16> {
        match self {
            Self::Exact(status) => Some(status / 100),
            Self::Range(hundreds) => Some(hundreds.into()),
            Self::Any => None,
        }
    }

    pub(super) fn variant(self) -> String {
        match self {
            Self::Exact(status) => match reason(status) {
                Some(reason) => pascal(reason),
                None => format!("Status{status}"),
            },
            Self::Range(2) => "Success".to_owned(),
            Self::Range(4) => "ClientError".to_owned(),
            Self::Range(5) => "ServerError".to_owned(),
            Self::Range(hundreds) => format!("Status{hundreds}xx"),
            Self::Any => "Other".to_owned(),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(status) => status.fmt(f),
            Self::Range(hundreds) => write!(f, "{hundreds}XX"),
            Self::Any => f.write_str("any other"),
        }
    }
}

fn reason(status: u16) -> Option<&'static str> {
    Some(match status {
        200 => "ok",
        201 => "created",
        202 => "accepted",
        203 => "non authoritative",
        204 => "no content",
        205 => "reset content",
        206 => "partial content",
        207 => "multi status",
        400 => "bad request",
        401 => "unauthorized",
        402 => "payment required",
        403 => "forbidden",
        404 => "not found",
        405 => "method not allowed",
        406 => "not acceptable",
        408 => "request timeout",
        409 => "conflict",
        410 => "gone",
        412 => "precondition failed",
        413 => "content too large",
        415 => "unsupported media type",
        422 => "unprocessable content",
        423 => "locked",
        429 => "too many requests",
        500 => "internal server error",
        501 => "not implemented",
        502 => "bad gateway",
        503 => "service unavailable",
        504 => "gateway timeout",
        _ => return None,
    })
}
