//! The characters of the files and macros that are being read, cut into tokens.
//!
//! Reading goes on at the top of a stack: of files, bodies of macros and arguments. Each is a range
//! of some file, so every token knows where it stands; what stands in the body of a macro takes the
//! place of the call. Nothing here recurses: what nests lies on the stack.

use std::ops::Range;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use crate::source::{SourceId, Span};

/// Files, macros and arguments nest no deeper than this.
const DEEPEST: usize = 200;
/// Macros bring no more bytes than this, their arguments included.
const MOST_EXPANDED: usize = 4 * 1024 * 1024;
/// What one expansion counts for beside its bytes.
const EXPANSION: usize = 16;
/// Labels, comments and braces after a heading that are passed over to see what follows it.
const MOST_LOOKED_AT: usize = 300;
/// An optional argument is no longer than this.
const LONGEST_OPTION: usize = 2_000;

/// A stretch of a file, and what its parameters stand for.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) file: usize,
    pub(super) range: Range<usize>,
    args: Option<Rc<Args>>,
    /// The call that the stretch stands for, where it is in the body of a macro.
    at: Option<Span>,
}

impl Piece {
    /// A stretch that stands for itself.
    pub(super) fn of(file: usize, range: Range<usize>) -> Self {
        Self { file, range, args: None, at: None }
    }

    /// Another range of the same file, read in the same way.
    pub(super) fn part(&self, range: Range<usize>) -> Self {
        Self { range, ..self.clone() }
    }

    /// Where the stretch stands: its own place, or the call's.
    pub(super) fn place(&self) -> Span {
        self.at.unwrap_or(Span { source: SourceId(self.file as u32), start: self.range.start, end: self.range.end })
    }
}

/// What the parameters of a macro stand for in one call.
#[derive(Debug)]
struct Args {
    pieces: Vec<Piece>,
    /// Arguments stand for arguments no deeper than this, so that dropping them can't go too deep.
    depth: usize,
}

/// What is to be done when a stretch has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum After {
    Nothing,
    /// The file ends.
    File,
    /// The environment of this name ends.
    Environment(String),
    /// The group around an argument ends.
    Group,
    /// A field of a reference ends.
    Field,
    /// A reference ends.
    Reference,
}

struct Frame {
    piece: Piece,
    pos: usize,
    after: After,
    /// The file's path, where the frame is a whole file.
    path: Option<PathBuf>,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// Characters that stand for themselves.
    Text,
    /// A few characters that stand for others: quotes, dashes, a tie.
    Ligature(&'static str),
    /// A blank line.
    Paragraph,
    Open,
    Close,
    Ampersand,
    /// `$` or `$$`.
    Dollar,
    Superscript,
    Subscript,
    /// A command; its name follows the backslash.
    Command,
    /// `%` and what follows it on the line.
    Comment,
    /// A stretch has been read to its end.
    End(After),
}

/// A token: what, and where.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) file: usize,
    pub(super) range: Range<usize>,
    at: Option<Span>,
}

impl Token {
    /// Where the token stands: its own place, or that of the call that brought it.
    pub(super) fn place(&self) -> Span {
        self.at.unwrap_or(Span { source: SourceId(self.file as u32), start: self.range.start, end: self.range.end })
    }

    /// Whether the token stands where it says, not in a macro.
    pub(super) fn is_written(&self) -> bool {
        self.at.is_none()
    }
}

/// What is being read.
#[derive(Default)]
pub(super) struct Stream {
    /// The texts of all files, in the order of their `SourceId`.
    pub(super) texts: Vec<Arc<str>>,
    frames: Vec<Frame>,
    /// `@` counts as a letter.
    pub(super) at_letter: bool,
    expanded: usize,
    /// Why reading had to stop.
    pub(super) excess: Option<&'static str>,
    /// An argument was found that never ends: from now on none reaches beyond its paragraph.
    pub(super) unclosed: bool,
}

impl Stream {
    /// The text of a stretch.
    pub(super) fn text(&self, file: usize, range: Range<usize>) -> &str {
        self.texts[file].get(range).unwrap_or_default()
    }

    /// The text of a piece.
    pub(super) fn piece(&self, piece: &Piece) -> &str {
        self.text(piece.file, piece.range.clone())
    }

    /// The paths of the files that are open, outermost first.
    pub(super) fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        self.frames.iter().filter_map(|frame| frame.path.as_ref())
    }

    /// Begins a file.
    pub(super) fn open_file(&mut self, file: usize, path: PathBuf) {
        let range = 0..self.texts[file].len();
        self.frames.push(Frame { piece: Piece::of(file, range), pos: 0, after: After::File, path: Some(path) });
    }

    /// Begins a part of a file, read as a file.
    pub(super) fn open_part(&mut self, file: usize, path: PathBuf, range: Range<usize>) {
        let pos = range.start;
        self.frames.push(Frame { piece: Piece::of(file, range), pos, after: After::File, path: Some(path) });
    }

    /// The empty span at which reading goes on.
    pub(super) fn here(&self) -> Span {
        self.frames.last().map_or(Span::default(), |frame| {
            let own = Span { source: SourceId(frame.piece.file as u32), start: frame.pos, end: frame.pos };
            frame.piece.at.map_or(own, |at| Span { start: at.end, ..at })
        })
    }

    /// Where an argument ends in its file, its brace included.
    pub(super) fn end_of(&self, piece: &Piece) -> usize {
        let place = piece.place();
        let brace = piece.at.is_none() && self.texts[piece.file].as_bytes().get(place.end) == Some(&b'}');
        place.end + usize::from(brace)
    }

    /// Stops reading.
    pub(super) fn stop(&mut self) {
        self.frames.clear();
    }

    /// Ends the innermost file.
    pub(super) fn end_file(&mut self) {
        if let Some(at) = self.frames.iter().rposition(|frame| frame.path.is_some()) {
            self.frames.truncate(at + 1);
            let frame = &mut self.frames[at];
            frame.pos = frame.piece.range.end;
        }
    }

    /// Reads a piece next.
    pub(super) fn push(&mut self, piece: Piece, after: After) {
        self.expanded += piece.range.len() * usize::from(piece.at.is_some() || piece.args.is_some()) + EXPANSION;
        if self.expanded > MOST_EXPANDED {
            self.excess = Some("macros that expand to more than 4 MB");
        } else if self.frames.len() >= DEEPEST {
            self.excess = Some("macros or files that nest without end");
        }
        if self.excess.is_some() {
            self.stop();
            return;
        }
        let pos = piece.range.start;
        self.frames.push(Frame { piece, pos, after, path: None });
    }

    /// Reads the body of a macro next, with these arguments, for a call that began with `call`.
    pub(super) fn expand(&mut self, body: &Piece, arguments: Vec<Piece>, call: &Token, after: After) {
        let inner = arguments.iter().filter_map(|piece| piece.args.as_ref()).map(|args| args.depth).max();
        let depth = inner.map_or(0, |depth| depth + 1);
        if depth > DEEPEST {
            self.excess = Some("macros or files that nest without end");
            self.stop();
            return;
        }
        let mut at = call.place();
        // The call reaches to the end of its last argument, where both stand in the file.
        if call.is_written() {
            for piece in arguments.iter().filter(|piece| piece.at.is_none() && piece.file == call.file) {
                let brace =
                    self.texts[piece.file].as_bytes().get(piece.range.end).is_some_and(|b| matches!(b, b'}' | b']'));
                at.end = at.end.max(piece.range.end + usize::from(brace));
            }
        }
        let args = Rc::new(Args { pieces: arguments, depth });
        self.push(Piece { args: Some(args), at: Some(at), ..body.clone() }, after);
    }

    fn bytes(&self) -> Option<(&[u8], &Frame)> {
        let frame = self.frames.last()?;
        Some((&self.texts[frame.piece.file].as_bytes()[..frame.piece.range.end], frame))
    }

    /// The rest of the innermost stretch.
    pub(super) fn rest(&self) -> &str {
        self.frames.last().map_or("", |frame| self.text(frame.piece.file, frame.pos..frame.piece.range.end))
    }

    /// Goes on by so many bytes, within the innermost stretch.
    pub(super) fn skip(&mut self, bytes: usize) {
        if let Some(frame) = self.frames.last_mut() {
            frame.pos = (frame.pos + bytes).min(frame.piece.range.end);
        }
    }

    /// Takes so many bytes of the innermost stretch as a piece.
    pub(super) fn take(&mut self, bytes: usize) -> Option<Piece> {
        let frame = self.frames.last()?;
        let end = (frame.pos + bytes).min(frame.piece.range.end);
        let piece = Piece { range: frame.pos..end, ..frame.piece.clone() };
        self.skip(bytes);
        Some(piece)
    }

    /// Leaves stretches that have been read and after which nothing is to be done.
    fn drop_read(&mut self) {
        while self.frames.last().is_some_and(|f| f.pos >= f.piece.range.end && f.after == After::Nothing) {
            self.frames.pop();
        }
    }

    /// Skips white space and comments, but no blank line. Gives the next byte.
    pub(super) fn skip_space(&mut self) -> Option<u8> {
        self.drop_read();
        let (bytes, frame) = self.bytes()?;
        let mut at = frame.pos;
        let mut lines = 0;
        loop {
            match bytes.get(at) {
                Some(b' ' | b'\t' | b'\r') => at += 1,
                Some(b'\n') if lines == 0 => {
                    lines += 1;
                    at += 1;
                }
                Some(b'%') => {
                    at = after_line(bytes, at);
                    lines = 0;
                    while matches!(bytes.get(at), Some(b' ' | b'\t')) {
                        at += 1;
                    }
                    if matches!(bytes.get(at), Some(b'\n' | b'\r')) {
                        break;
                    }
                }
                Some(b'\n') => {
                    // A blank line: it stays to be read.
                    at -= 1;
                    while bytes.get(at) != Some(&b'\n') {
                        at -= 1;
                    }
                    break;
                }
                _ => break,
            }
        }
        let next = bytes.get(at).copied();
        if let Some(frame) = self.frames.last_mut() {
            frame.pos = at.max(frame.pos);
        }
        next
    }

    /// A star that follows the command at once.
    pub(super) fn star(&mut self) -> bool {
        let star = self.rest().starts_with('*');
        self.skip(usize::from(star));
        star
    }

    /// An optional argument, without its brackets.
    pub(super) fn option(&mut self) -> Option<Piece> {
        let (bytes, frame) = self.bytes()?;
        let before = frame.pos;
        let after_space = bytes[before..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let open = if bytes.get(before + after_space) == Some(&b'[') {
            before + after_space
        } else {
            // Across a line break or a comment.
            if !matches!(bytes.get(before + after_space), Some(b'\n' | b'\r' | b'%')) {
                return None;
            }
            if self.skip_space() != Some(b'[') {
                return None;
            }
            self.frames.last()?.pos
        };
        let (bytes, frame) = self.bytes()?;
        let mut depth = 0_usize;
        let mut at = open + 1;
        let end = bytes.len().min(open + LONGEST_OPTION);
        while at < end {
            match bytes[at] {
                b'\\' => at += 1,
                b'{' => depth += 1,
                b'}' if depth == 0 => return None,
                b'}' => depth -= 1,
                b'%' => at = after_line(bytes, at) - 1,
                b']' if depth == 0 => {
                    let piece = Piece { range: open + 1..at, ..frame.piece.clone() };
                    self.frames.last_mut()?.pos = at + 1;
                    return Some(piece);
                }
                b'\n' if is_blank_line(bytes, at) => return None,
                _ => {}
            }
            at += 1;
        }
        None
    }

    /// An argument: a group without its braces, a command, a parameter or a single character.
    /// `None` where the paragraph, the group or the stretch ends instead.
    pub(super) fn argument(&mut self) -> Option<Piece> {
        let next = self.skip_space()?;
        let (bytes, frame) = self.bytes()?;
        let start = frame.pos;
        let mut unclosed = self.unclosed;
        let of = |range: Range<usize>| Piece { range, ..frame.piece.clone() };
        let (piece, pos) = match next {
            b'{' => {
                let (mut close, mut found) = closing(bytes, start + 1, unclosed);
                if !found && !unclosed {
                    // A brace is missing: what follows the paragraph is not lost with it.
                    unclosed = true;
                    (close, found) = closing(bytes, start + 1, true);
                }
                (of(start + 1..close), close + usize::from(found))
            }
            b'}' | b'\n' | b'\r' => return None,
            b'\\' => {
                let end = start + 1 + name_length(&bytes[start + 1..], self.at_letter);
                (of(start..end), end)
            }
            b'#' if frame.piece.args.is_some() && bytes.get(start + 1).is_some_and(u8::is_ascii_digit) => {
                let number = usize::from(bytes[start + 1] - b'0');
                let args = frame.piece.args.as_ref()?;
                let piece = number.checked_sub(1).and_then(|n| args.pieces.get(n)).cloned();
                (piece.unwrap_or_else(|| of(start..start)), start + 2)
            }
            _ => {
                let text = self.text(frame.piece.file, start..frame.piece.range.end);
                let length = text.chars().next().map_or(0, char::len_utf8);
                (of(start..start + length), start + length)
            }
        };
        self.unclosed = unclosed;
        if let Some(frame) = self.frames.last_mut() {
            frame.pos = pos;
        }
        Some(piece)
    }

    /// Whether a blank line, a block or nothing comes next, labels aside.
    pub(super) fn block_follows(&self) -> bool {
        let mut looked = 0;
        for frame in self.frames.iter().rev() {
            let mut rest = self.text(frame.piece.file, frame.pos..frame.piece.range.end);
            loop {
                looked += 1;
                if looked > MOST_LOOKED_AT {
                    return false;
                }
                let trimmed = rest.trim_start();
                let blank = rest[..rest.len() - trimmed.len()].bytes().filter(|b| *b == b'\n').count() > 1;
                if blank {
                    return true;
                }
                rest = trimmed;
                let label = ["\\label{", "\\hypertarget{", "\\phantomsection", "\\mbox{"];
                if label.iter().any(|label| rest.starts_with(label)) {
                    let line = rest.len().min(300);
                    let Some(close) = rest.as_bytes()[..line].iter().position(|b| matches!(b, b'}' | b'\n')) else {
                        return false;
                    };
                    rest = &rest[close + 1..];
                } else if let Some(comment) = rest.strip_prefix('%') {
                    rest = comment.split_once('\n').map_or("", |(_, rest)| rest);
                } else if let Some(brace) = rest.strip_prefix('}') {
                    rest = brace;
                } else {
                    break;
                }
            }
            if !rest.is_empty() {
                return ["\\begin{", "\\par", "\\section", "\\sub", "\\chapter", "\\item", "\\end{"]
                    .iter()
                    .any(|block| rest.starts_with(block));
            }
        }
        true
    }

    /// The next token; `None` when everything has been read.
    pub(super) fn next(&mut self) -> Option<Token> {
        loop {
            let (bytes, frame) = self.bytes()?;
            let (file, at, start) = (frame.piece.file, frame.piece.at, frame.pos);
            if start >= bytes.len() {
                let after = self.frames.pop()?.after;
                if after == After::Nothing {
                    continue;
                }
                return Some(Token { kind: Kind::End(after), file, range: start..start, at });
            }
            let rest = &bytes[start..];
            let mut skip_next = 0;
            let (kind, length) = match rest[0] {
                b'\\' => {
                    let name = name_length(&rest[1..], self.at_letter);
                    let word = rest.get(1).is_some_and(|b| b.is_ascii_alphabetic() || *b == b'@');
                    if word {
                        skip_next = space_after(&rest[1 + name..]);
                    }
                    (Kind::Command, 1 + name)
                }
                b'{' => (Kind::Open, 1),
                b'}' => (Kind::Close, 1),
                b'&' => (Kind::Ampersand, 1),
                b'$' => (Kind::Dollar, if rest.starts_with(b"$$") { 2 } else { 1 }),
                b'^' => (Kind::Superscript, 1),
                b'_' => (Kind::Subscript, 1),
                b'~' => (Kind::Ligature(" "), 1),
                b'%' => {
                    let line = after_line(rest, 0);
                    let indent = rest[line..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
                    let end = rest[..line].iter().rposition(|b| !matches!(b, b'\n' | b'\r')).map_or(1, |i| i + 1);
                    skip_next = line - end + indent;
                    if matches!(rest.get(line + indent), Some(b'\n')) {
                        // The line after the comment is blank: the break before it stays.
                        skip_next = (line - end).saturating_sub(1);
                    }
                    (Kind::Comment, end)
                }
                b'`' if rest.starts_with(b"``") => (Kind::Ligature("\""), 2),
                b'`' => (Kind::Ligature("'"), 1),
                b'\'' if rest.starts_with(b"''") => (Kind::Ligature("\""), 2),
                b'-' if rest.starts_with(b"--") => {
                    (Kind::Ligature("-"), rest.iter().take(3).take_while(|b| **b == b'-').count())
                }
                b'\n' if is_blank_line(rest, 0) => {
                    (Kind::Paragraph, rest.iter().take_while(|b| b.is_ascii_whitespace()).count())
                }
                b'#' if frame.piece.args.is_some() => {
                    match rest.get(1) {
                        Some(digit) if digit.is_ascii_digit() => {
                            let number = usize::from(digit - b'0');
                            let args = frame.piece.args.as_ref()?;
                            let piece = number.checked_sub(1).and_then(|n| args.pieces.get(n)).cloned();
                            self.skip(2);
                            if let Some(piece) = piece {
                                self.push(piece, After::Nothing);
                            }
                        }
                        Some(b'#') => self.skip(1),
                        _ => self.skip(1),
                    }
                    continue;
                }
                _ => {
                    let run = run_length(rest, frame.piece.args.is_some());
                    (Kind::Text, run)
                }
            };
            let range = start..start + length;
            self.skip(length + skip_next);
            return Some(Token { kind, file, range, at });
        }
    }
}

/// The length of the name of a command: letters, or one character.
fn name_length(rest: &[u8], at_letter: bool) -> usize {
    let letter = |b: &u8| b.is_ascii_alphabetic() || (at_letter && *b == b'@');
    match rest.iter().take_while(|b| letter(b)).count() {
        0 => match rest.first() {
            None => 0,
            Some(first) if *first < 0x80 => 1,
            // One character of more than one byte.
            Some(_) => 1 + rest[1..].iter().take_while(|b| **b & 0xc0 == 0x80).count(),
        },
        letters => letters,
    }
}

/// White space after the name of a command, up to a line's end and the next line's indentation.
fn space_after(rest: &[u8]) -> usize {
    let blank = |b: &&u8| matches!(b, b' ' | b'\t' | b'\r');
    let mut length = rest.iter().take_while(blank).count();
    if rest.get(length) == Some(&b'\n') && !is_blank_line(rest, length) {
        length += 1;
        length += rest[length..].iter().take_while(blank).count();
    }
    length
}

/// The first byte after the line that `at` stands in.
fn after_line(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |length| at + length + 1)
}

/// Whether nothing but white space stands between the line break at `at` and the next one.
fn is_blank_line(bytes: &[u8], at: usize) -> bool {
    let length = bytes[at + 1..].iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
    bytes.get(at + 1 + length) == Some(&b'\n')
}

/// The place of the brace that closes a group, and whether there is one.
fn closing(bytes: &[u8], from: usize, within_paragraph: bool) -> (usize, bool) {
    let mut depth = 0_usize;
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'{' => depth += 1,
            b'}' if depth == 0 => return (at, true),
            b'}' => depth -= 1,
            b'%' => at = after_line(bytes, at) - 1,
            b'\n' if within_paragraph && is_blank_line(bytes, at) => return (at, false),
            _ => {}
        }
        at += 1;
    }
    (bytes.len(), false)
}

/// The characters at the start of these bytes that stand for themselves.
fn run_length(rest: &[u8], parameters: bool) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' | b'{' | b'}' | b'&' | b'$' | b'^' | b'_' | b'~' | b'%' | b'`' => break,
            b'#' if parameters => break,
            b'\'' if rest.get(at + 1) == Some(&b'\'') => break,
            b'-' if rest.get(at + 1) == Some(&b'-') => break,
            b'\n' if is_blank_line(rest, at) => break,
            _ => at += 1,
        }
    }
    at
}
