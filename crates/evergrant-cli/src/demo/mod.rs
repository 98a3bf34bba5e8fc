//! `evergrant demo`: the library's whole story on real sockets, in four acts of about twelve seconds together.
//!
//! `stage` sets up servers and client, `callers` make the calls, `acts` say what happens to them, `journal` and `tally`
//! count it, `screen` shows it, and `story` holds what was counted against what was promised.

mod acts;
mod callers;
mod journal;
mod screen;
mod stage;
mod story;
mod tally;
mod transport;

use std::io::Write as _;

pub(crate) use self::journal::Journal;
use self::screen::{Audience, Screen};
use self::stage::Stage;
use self::story::Story;
use crate::failure::{self, Failure, Kind, local};
use crate::output;

/// Plays the demonstration; `json` ends it with its counters.
pub(crate) async fn run(json: bool, journal: Journal) -> Result<(), Failure> {
    let stage = Stage::set_up(journal).map_err(|error| local("cannot start the demonstration's servers", error))?;
    let audience = match (json, output::is_live()) {
        (true, _) => Audience::StandardError,
        (false, true) => Audience::Terminal,
        (false, false) => Audience::StandardOutput,
    };
    let screen = Screen::open(audience, &stage);
    screen.say(&format!(
        "An authorization server at {} and an API at {}, both in this process and on real sockets.",
        stage.token_url(),
        stage.api_url()
    ));
    screen.say(&format!(
        "Tokens live {:.0} s and are renewed after {:.1} s; an hour and 75% of it are usual.",
        stage::LIFETIME.as_secs_f64(),
        stage::LIFETIME.as_secs_f64() * stage::RENEW_AFTER
    ));
    let story = acts::play(&stage, &screen).await;
    screen.close().await;
    tell(&story, json)
}

fn tell(story: &Story, json: bool) -> Result<(), Failure> {
    let broken = story.broken();
    let summary = story.summary();
    if json {
        let mut stderr = std::io::stderr().lock();
        // Where standard error is closed, the object below still says it all.
        let _ = writeln!(stderr, "{summary}");
    } else {
        output::line(&summary)?;
    }
    for line in &broken {
        failure::warn(&format!("the story does not hold: {line}"));
    }
    if json {
        output::line(&story.to_json())?;
    }
    if broken.is_empty() {
        Ok(())
    } else {
        Err(Failure::Told(Kind::Refused as u8))
    }
}
