//! Times of an API, kept as the text that came: reading never fails.

mod date;
mod date_time;

pub use self::date::Date;
pub use self::date_time::DateTime;
