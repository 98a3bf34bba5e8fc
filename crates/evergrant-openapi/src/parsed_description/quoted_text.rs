//! Quoted text in YAML that continues in lines with tabs or too little indentation. YAML forbids such lines (YAML 1.2
//! section 7.3), but common parsers accept them, and folding removes their indentation anyway.

/// A position in the text, as far as it matters for quotes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Where a node may start.
    NodeStart,
    /// Within a plain scalar, or after a node.
    Plain,
    Comment,
    SingleQuoted,
    DoubleQuoted,
}

/// A block scalar, whose lines are indented more than this column.
struct Block {
    parent: usize,
}

struct Scanner {
    output: String,
    state: State,
    /// The depth of flow collections.
    flow: usize,
    /// The column of the quote that is open, and of the key or item around it.
    quote_column: usize,
    parent_column: usize,
    line_column: usize,
    quote_line: usize,
    block: Option<Block>,
    first_changed: Option<usize>,
}

/// Returns the text with such lines indented, and the line of the first quoted text that changed; `None` if nothing
/// changed.
pub(super) fn indented(text: &str) -> Option<(String, usize)> {
    let mut scanner = Scanner {
        output: String::with_capacity(text.len() + text.len() / 8),
        state: State::NodeStart,
        flow: 0,
        quote_column: 0,
        parent_column: 0,
        line_column: 0,
        quote_line: 0,
        block: None,
        first_changed: None,
    };
    for (index, line) in text.split_inclusive('\n').enumerate() {
        scanner.line(line, index + 1);
    }
    let line = scanner.first_changed?;
    Some((scanner.output, line))
}

impl Scanner {
    fn line(&mut self, line: &str, number: usize) {
        let content = line.trim_start_matches([' ', '\t']);
        let spaces = line.len() - line.trim_start_matches(' ').len();
        let is_blank = content.trim().is_empty();
        if matches!(self.state, State::SingleQuoted | State::DoubleQuoted) {
            return self.continued(line, content, number);
        }
        if let Some(block) = &self.block {
            if is_blank || spaces > block.parent {
                self.output.push_str(line);
                return;
            }
            self.block = None;
        }
        if is_blank && line.contains('\t') {
            self.output.push_str(content);
            self.first_changed.get_or_insert(number);
            return;
        }
        self.state = State::NodeStart;
        self.line_column = parent_column(line, "");
        self.scan(line, number, 0);
        self.block = self.block.take().or_else(|| self.opened_block(line));
    }

    /// A line within quoted text.
    fn continued(&mut self, line: &str, content: &str, number: usize) {
        let indentation = line.len() - content.len();
        let is_blank = content.trim().is_empty();
        let spaces = line.len() - line.trim_start_matches(' ').len();
        let is_valid = spaces > self.parent_column;
        if is_blank || is_valid {
            // A blank line is a line break.
            self.output
                .push_str(if is_blank { content } else { &line[..indentation] });
        } else {
            self.first_changed.get_or_insert(self.quote_line);
            self.output.extend(std::iter::repeat_n(' ', self.quote_column + 1));
        }
        self.scan(content, number, indentation);
    }

    /// Scans a line from its content, which starts at this column.
    fn scan(&mut self, text: &str, number: usize, start: usize) {
        let mut letters = text.char_indices().peekable();
        let mut previous = '\n';
        while let Some((at, letter)) = letters.next() {
            self.output.push(letter);
            let next = letters.peek().map_or('\n', |(_, next)| *next);
            let mut escaped = false;
            self.state = match (self.state, letter) {
                (State::DoubleQuoted, '\\') => {
                    if let Some((_, escaped_letter)) = letters.next_if(|(_, next)| *next != '\n') {
                        self.output.push(escaped_letter);
                    }
                    escaped = true;
                    State::DoubleQuoted
                }
                (State::DoubleQuoted, '"') => State::Plain,
                (State::SingleQuoted, '\'') if next == '\'' => {
                    self.output.push('\'');
                    letters.next();
                    State::SingleQuoted
                }
                (State::SingleQuoted, '\'') => State::Plain,
                (State::DoubleQuoted | State::SingleQuoted | State::Comment, _) => self.state,
                (_, '#') if previous.is_whitespace() => State::Comment,
                (State::NodeStart, '"' | '\'') => {
                    self.quote_column = start + at;
                    self.parent_column = self.line_column;
                    self.quote_line = number;
                    if letter == '"' {
                        State::DoubleQuoted
                    } else {
                        State::SingleQuoted
                    }
                }
                (State::NodeStart, '[' | '{') => {
                    self.flow += 1;
                    State::NodeStart
                }
                (_, ']' | '}') if self.flow > 0 => {
                    self.flow -= 1;
                    State::Plain
                }
                (_, '[' | '{' | ',') if self.flow > 0 => {
                    self.flow += usize::from(letter != ',');
                    State::NodeStart
                }
                (State::NodeStart, '-' | '?') if next.is_whitespace() => State::NodeStart,
                (_, ':') if next.is_whitespace() || self.flow > 0 && matches!(previous, '"' | '\'') => State::NodeStart,
                // Anchors, aliases and tags come before the node.
                (State::NodeStart, '&' | '!' | '*') => State::Plain,
                (State::Plain, ' ') if is_property(&text[..at]) => State::NodeStart,
                (State::NodeStart, letter) if letter.is_whitespace() => State::NodeStart,
                (state, letter) if letter.is_whitespace() => state,
                _ => State::Plain,
            };
            previous = if escaped { '\\' } else { letter };
        }
    }

    /// Returns the block scalar that starts at the end of a line, such as `key: |`.
    fn opened_block(&self, line: &str) -> Option<Block> {
        if self.flow > 0 || matches!(self.state, State::SingleQuoted | State::DoubleQuoted) {
            return None;
        }
        let text = line.split(" #").next().unwrap_or_default().trim_end();
        let indicator = text.rsplit([' ', '\t']).next().unwrap_or_default();
        let mut letters = indicator.chars();
        let opens = matches!(letters.next(), Some('|' | '>'))
            && letters.all(|letter| letter.is_ascii_digit() || matches!(letter, '+' | '-'));
        let before = text[..text.len() - indicator.len()].trim_end();
        let follows = before.ends_with([':', '-']) || before.is_empty() || is_property(before);
        let parent = parent_column(text, indicator);
        (opens && follows).then_some(Block { parent })
    }
}

/// Returns the column of the innermost key or item of a line, whose text is indented more.
fn parent_column(text: &str, indicator: &str) -> usize {
    let mut column = text.len() - text.trim_start_matches(' ').len();
    let mut rest = &text[column..];
    while let Some(inner) = rest.strip_prefix("- ") {
        let inner = inner.trim_start_matches(' ');
        if inner == indicator || inner.starts_with(['"', '\'']) {
            break;
        }
        column += rest.len() - inner.len();
        rest = inner;
    }
    column
}

/// Whether the last word is an anchor or a tag.
fn is_property(before: &str) -> bool {
    before
        .rsplit([' ', '\t'])
        .next()
        .is_some_and(|word| word.starts_with(['&', '!']))
}

#[cfg(test)]
mod tests {
    use super::indented;

    #[test]
    fn lines_of_quoted_text_are_indented() {
        let cases = [
            ("a: \"b\n\t\tc\n d\"\ne: 1\n", "a: \"b\n    c\n d\"\ne: 1\n"),
            ("a:\n  - 'it''s\n\tx'\n", "a:\n  - 'it''s\n     x'\n"),
            ("a: {b: \"x\n\ty\", c: 1}\n", "a: {b: \"x\n        y\", c: 1}\n"),
            ("a: \"x\\\"\n\ty\"\n", "a: \"x\\\"\n    y\"\n"),
            ("a: 1\n\t\nb: 2\n", "a: 1\n\nb: 2\n"),
        ];
        for (text, expected) in cases {
            assert_eq!(indented(text).unwrap().0, expected, "{text:?}");
        }
    }

    #[test]
    fn other_text_does_not_change() {
        for text in [
            "a: it's\nb: |\n  \"x\n  \ty\nc: 1\n",
            "a: x # \"\nb:\n  - key: >-\n      \"\n      \ty\n    other: 1\n",
            "a: \"b\n    c\"\n",
            "- |\n \"\n \tx\n- 2\n",
            "a: !!str \"b\"\nb: &x 'c'\n",
        ] {
            assert_eq!(indented(text), None, "{text:?}");
        }
    }
}
