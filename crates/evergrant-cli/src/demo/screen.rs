//! Shows the demonstration: a live line and a timeline on a terminal, plain lines elsewhere.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use evergrant::{TokenManager, TokenState};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::journal::{Entries, Journal};
use super::stage::Stage;
use super::tally::Tally;

/// Who is watching.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    /// A terminal that can redraw itself.
    Terminal,
    /// A file or a pipe.
    StandardOutput,
    /// The same, while standard output belongs to the JSON object.
    StandardError,
}

pub(super) struct Screen {
    audience: Audience,
    started: Instant,
    live: Option<Live>,
}

/// What moves on a terminal.
struct Live {
    lines: MultiProgress,
    timeline: Arc<Mutex<String>>,
    stop: oneshot::Sender<()>,
    painter: JoinHandle<()>,
}

/// What the painter looks at.
struct View {
    tokens: TokenManager,
    tally: Tally,
    journal: Journal,
}

const FRAME: Duration = Duration::from_millis(100);

/// One sign for this much time.
const FRAMES_PER_SIGN: u32 = 2;

impl Screen {
    pub(super) fn open(audience: Audience, stage: &Stage) -> Self {
        let started = Instant::now();
        let live = (audience == Audience::Terminal).then(|| {
            let view = View {
                tokens: stage.tokens().clone(),
                tally: stage.tally().clone(),
                journal: stage.journal.clone(),
            };
            Live::start(view)
        });
        Self {
            audience,
            started,
            live,
        }
    }

    /// Opens an act.
    pub(super) fn act(&self, title: &str) {
        if let Some(live) = &self.live {
            live.timeline.lock().unwrap_or_else(PoisonError::into_inner).push('│');
        }
        self.say(&format!("── {title}"));
    }

    /// Tells one line, with the time since the beginning.
    pub(super) fn say(&self, text: &str) {
        let line = format!("{:>5.1} s  {text}", self.started.elapsed().as_secs_f64());
        // Where nobody can read any more, the story goes on to its end all the same.
        let _ = match (&self.live, self.audience) {
            (Some(live), _) => live.lines.println(line),
            (None, Audience::StandardError) => writeln!(std::io::stderr().lock(), "{line}"),
            (None, _) => writeln!(std::io::stdout().lock(), "{line}"),
        };
    }

    /// Leaves the last picture standing.
    pub(super) async fn close(self) {
        if let Some(live) = self.live {
            drop(live.stop);
            // The painter ends by itself; a panic in it is no part of the story.
            let _ = live.painter.await;
            // The live lines end without a line's end.
            let _ = writeln!(std::io::stdout().lock());
        }
    }
}

impl Live {
    fn start(view: View) -> Self {
        let lines = MultiProgress::with_draw_target(ProgressDrawTarget::stdout());
        let plain = ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
        let counters = lines.add(ProgressBar::new_spinner().with_style(plain.clone()));
        let strip = lines.add(ProgressBar::new_spinner().with_style(plain));
        let timeline = Arc::new(Mutex::new(String::new()));
        let (stop, mut stopped) = oneshot::channel();
        let painter = tokio::spawn({
            let timeline = Arc::clone(&timeline);
            async move {
                let mut seen = Seen::default();
                let mut frame = 0_u32;
                loop {
                    counters.set_message(view.counters());
                    if frame.is_multiple_of(FRAMES_PER_SIGN) {
                        let mut timeline = timeline.lock().unwrap_or_else(PoisonError::into_inner);
                        timeline.push(view.sign(&mut seen));
                        strip.set_message(format!(
                            "{timeline}\n· calls  R renewed  ! refused and recovered  x renewal failed"
                        ));
                    }
                    frame += 1;
                    if tokio::time::timeout(FRAME, &mut stopped).await.is_ok() {
                        break;
                    }
                }
                counters.finish();
                strip.finish();
            }
        });
        Self {
            lines,
            timeline,
            stop,
            painter,
        }
    }
}

/// What the timeline has shown already.
#[derive(Default)]
struct Seen(Entries);

impl View {
    fn counters(&self) -> String {
        let status = self.tokens.status();
        let entries = self.journal.entries();
        let token = match (status.state, status.valid_for) {
            (TokenState::Valid, Some(left)) => format!("valid {:.1} s", left.as_secs_f64()),
            (TokenState::RenewalDue, Some(left)) => format!("renewing, valid {:.1} s", left.as_secs_f64()),
            _ => "none".to_owned(),
        };
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "calls {:>5}   failed {}   token: {token:<24} renewals {}   recovered {}   served in outage {}",
            self.tally.calls(),
            self.tally.failed(),
            entries.renewals,
            entries.recoveries,
            self.tally.outage_served()
        );
        text
    }

    fn sign(&self, seen: &mut Seen) -> char {
        let now = self.journal.entries();
        let before = std::mem::replace(&mut seen.0, now);
        if now.recoveries > before.recoveries {
            '!'
        } else if now.renewals > before.renewals {
            'R'
        } else if now.failures > before.failures {
            'x'
        } else {
            '·'
        }
    }
}
