//! Dates and times in models of an API. They store the received text, so that decoding never fails.

mod date;
mod date_time;

pub use self::date::Date;
pub use self::date_time::DateTime;
