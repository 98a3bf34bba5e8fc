//! Shows the progress of the demonstration: live counters and a timeline on a terminal, plain lines elsewhere.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use evergrant::{TokenManager, TokenState};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::counters::Counters;
use super::event_counts::{EventCounter, EventCounts};
use super::setup::Setup;

/// Where the progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OutputTarget {
    /// A terminal that can redraw lines.
    Terminal,
    /// A file or a pipe.
    StandardOutput,
    /// Standard error, because standard output has the JSON object.
    StandardError,
}

pub(super) struct Screen {
    target: OutputTarget,
    started: Instant,
    live: Option<Live>,
}

/// The live part on a terminal.
struct Live {
    lines: MultiProgress,
    timeline: Arc<Mutex<String>>,
    stop: oneshot::Sender<()>,
    painter: JoinHandle<()>,
}

/// The state that the painter shows.
struct View {
    tokens: TokenManager,
    counters: Counters,
    events: EventCounter,
}

const FRAME_INTERVAL: Duration = Duration::from_millis(100);

/// Number of frames per symbol of the timeline.
const FRAMES_PER_SYMBOL: u32 = 2;

impl Screen {
    pub(super) fn open(target: OutputTarget, setup: &Setup) -> Self {
        let started = Instant::now();
        let live = (target == OutputTarget::Terminal).then(|| {
            let view = View {
                tokens: setup.tokens().clone(),
                counters: setup.counters().clone(),
                events: setup.events.clone(),
            };
            Live::start(view)
        });
        Self { target, started, live }
    }

    /// Starts a scenario.
    pub(super) fn heading(&self, title: &str) {
        if let Some(live) = &self.live {
            live.timeline.lock().unwrap_or_else(PoisonError::into_inner).push('│');
        }
        self.line(&format!("── {title}"));
    }

    /// Prints one line with the time since the start.
    pub(super) fn line(&self, text: &str) {
        let line = format!("{:>5.1} s  {text}", self.started.elapsed().as_secs_f64());
        // Errors are ignored: a closed output does not stop the demonstration.
        let _ = match (&self.live, self.target) {
            (Some(live), _) => live.lines.println(line),
            (None, OutputTarget::StandardError) => writeln!(std::io::stderr().lock(), "{line}"),
            (None, _) => writeln!(std::io::stdout().lock(), "{line}"),
        };
    }

    /// Stops the live part and leaves its last state on the terminal.
    pub(super) async fn close(self) {
        if let Some(live) = self.live {
            drop(live.stop);
            // A panic of the painter does not matter here.
            let _ = live.painter.await;
            // The live lines do not end with a line break.
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
                let mut previous = PreviousCounts::default();
                let mut frame = 0_u32;
                loop {
                    counters.set_message(view.counters());
                    if frame.is_multiple_of(FRAMES_PER_SYMBOL) {
                        let mut timeline = timeline.lock().unwrap_or_else(PoisonError::into_inner);
                        timeline.push(view.symbol(&mut previous));
                        strip.set_message(format!(
                            "{timeline}\n· calls  R renewed  ! rejected and recovered  x renewal failed"
                        ));
                    }
                    frame += 1;
                    if tokio::time::timeout(FRAME_INTERVAL, &mut stopped).await.is_ok() {
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

/// The counts that the timeline has already shown.
#[derive(Default)]
struct PreviousCounts(EventCounts);

impl View {
    fn counters(&self) -> String {
        let status = self.tokens.status();
        let counts = self.events.counts();
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
            self.counters.calls(),
            self.counters.failed(),
            counts.renewals,
            counts.recoveries,
            self.counters.outage_served()
        );
        text
    }

    fn symbol(&self, previous: &mut PreviousCounts) -> char {
        let now = self.events.counts();
        let before = std::mem::replace(&mut previous.0, now);
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
