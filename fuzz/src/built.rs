//! Files that bytes are turned into: well-formed trees of elements that a format knows, containers whose
//! checksums hold, objects that are listed where they stand. Bytes alone would hardly get so far.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use arbitrary::{Result, Unstructured};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Gives a file back; where `FUZZ_SHOW` names a path, writes it there, so that one that breaks something can
/// be looked at.
pub fn shown(file: Vec<u8>) -> Vec<u8> {
    if let Some(path) = std::env::var_os("FUZZ_SHOW") {
        std::fs::write(path, &file).expect("a file");
    }
    file
}

/// What trees of a format are made of.
struct Words {
    elements: &'static [&'static str],
    attributes: &'static [(&'static str, &'static [&'static str])],
}

/// Texts that readers look at twice.
const TEXTS: &[&str] = &[
    "We searched four databases. ",
    "Methods",
    "Background: ",
    "1",
    "[1,2]",
    "3-5",
    "(Adeyemi, 2019)",
    " ",
    "\n",
    "\t",
    "\u{a0}",
    "\u{ad}",
    "\u{fb01}",
    "\u{1f469}\u{200d}\u{1f52c}",
    "e\u{301}",
    "&amp;",
    "&#x202e;",
    "&nope;",
    "&#0;",
    "<![CDATA[x]]>",
    "<!-- c -->",
    "<?p i?>",
    "Table 1. A",
    "Figure 2",
    "Context: a; mechanism: b; outcome: c",
    "CMO1",
    "realist review",
    "A",
    ".",
    "\u{feff}",
    "\u{2014}",
    "\u{201c}q\u{201d}",
    "http://a.b/c",
    "12 345",
    "|",
];

const JATS: Words = Words {
    elements: &[
        "article",
        "front",
        "article-meta",
        "title-group",
        "article-title",
        "abstract",
        "title",
        "p",
        "body",
        "sec",
        "list",
        "list-item",
        "table-wrap",
        "table",
        "thead",
        "tbody",
        "tr",
        "td",
        "th",
        "caption",
        "label",
        "fig",
        "boxed-text",
        "disp-quote",
        "xref",
        "sup",
        "sub",
        "bold",
        "italic",
        "fn",
        "fn-group",
        "back",
        "ref-list",
        "ref",
        "mixed-citation",
        "element-citation",
        "floats-group",
        "supplementary-material",
        "def-list",
        "def-item",
        "term",
        "def",
        "funding-group",
        "contrib-group",
        "contrib",
        "name",
        "kwd-group",
        "kwd",
        "disp-formula",
        "mml:math",
        "break",
        "graphic",
        "alt-text",
        "sub-article",
        "response",
        "notes",
        "ack",
        "app-group",
        "app",
        "named-content",
    ],
    attributes: &[
        ("id", &["a", "b", "f1", "t1", "R1", ""]),
        ("rid", &["a", "b", "f1", "t1", "R1", "a b", "nowhere"]),
        ("ref-type", &["bibr", "fig", "table", "fn", "sec"]),
        ("sec-type", &["methods", "results", "intro", "x"]),
        ("fn-type", &["conflict", "financial-disclosure", "con", "x"]),
        ("abstract-type", &["summary", "graphical"]),
        ("colspan", &["0", "2", "4000000000", "-1", "x"]),
        ("rowspan", &["0", "2", "99999"]),
        ("list-type", &["order", "bullet"]),
        ("xlink:href", &["http://a", "x.png"]),
        ("article-type", &["review-article", "correction"]),
    ],
};

const TEI: Words = Words {
    elements: &[
        "TEI",
        "teiHeader",
        "fileDesc",
        "titleStmt",
        "title",
        "sourceDesc",
        "biblStruct",
        "analytic",
        "monogr",
        "author",
        "persName",
        "profileDesc",
        "abstract",
        "div",
        "p",
        "s",
        "text",
        "body",
        "back",
        "head",
        "ref",
        "figure",
        "figDesc",
        "label",
        "table",
        "row",
        "cell",
        "list",
        "item",
        "note",
        "listBibl",
        "bibl",
        "formula",
        "hi",
        "lb",
        "pb",
        "graphic",
        "quote",
        "keywords",
        "term",
        "front",
        "byline",
        "group",
        "teiCorpus",
    ],
    attributes: &[
        ("xml:id", &["b0", "b1", "fig_0", ""]),
        ("target", &["#b0", "#b1", "#fig_0", "#tab_0", "#", "b0"]),
        ("type", &["bibr", "figure", "table", "acknowledgement", "references", "annex", "funding"]),
        ("n", &["1", "1.2", "A.1", "999999999999999999999"]),
        ("level", &["a", "m"]),
        ("cols", &["2", "4000000000"]),
        ("rows", &["2", "99999"]),
        ("rend", &["sup", "bold"]),
        ("place", &["foot", "margin"]),
    ],
};

const WORD: Words = Words {
    elements: &[
        "w:p",
        "w:r",
        "w:t",
        "w:pPr",
        "w:rPr",
        "w:pStyle",
        "w:tbl",
        "w:tr",
        "w:tc",
        "w:tcPr",
        "w:gridSpan",
        "w:vMerge",
        "w:ins",
        "w:del",
        "w:delText",
        "w:fldChar",
        "w:instrText",
        "w:fldSimple",
        "w:hyperlink",
        "w:bookmarkStart",
        "w:footnoteReference",
        "w:endnoteReference",
        "w:commentReference",
        "w:commentRangeStart",
        "w:commentRangeEnd",
        "w:sdt",
        "w:sdtContent",
        "w:sdtPr",
        "w:numPr",
        "w:ilvl",
        "w:numId",
        "w:outlineLvl",
        "w:vertAlign",
        "w:b",
        "w:br",
        "w:tab",
        "w:sym",
        "w:noBreakHyphen",
        "w:softHyphen",
        "w:drawing",
        "wp:docPr",
        "w:txbxContent",
        "w:footnote",
        "w:endnote",
        "w:comment",
        "w:style",
        "w:basedOn",
        "w:name",
        "w:num",
        "w:abstractNum",
        "w:abstractNumId",
        "w:lvl",
        "w:lvlText",
        "w:numFmt",
        "w:start",
        "w:moveFrom",
        "w:moveTo",
        "mc:AlternateContent",
        "mc:Choice",
        "mc:Fallback",
        "m:oMath",
        "m:t",
        "w:sectPr",
        "w:altChunk",
        "w:subDoc",
        "w:vanish",
        "w:caps",
        "w:sz",
        "w:jc",
        "w:tblGrid",
        "w:gridCol",
        "w:gridBefore",
        "w:tblHeader",
        "w:smartTag",
        "w:ruby",
        "w:rt",
    ],
    attributes: &[
        (
            "w:val",
            &[
                "Heading1",
                "Title",
                "0",
                "1",
                "2",
                "9",
                "-1",
                "99999999",
                "superscript",
                "restart",
                "bullet",
                "%1.",
                "decimal",
                "a",
            ],
        ),
        ("w:id", &["0", "1", "2", "-1", "x"]),
        ("w:styleId", &["Heading1", "Title", "a"]),
        ("w:type", &["paragraph", "separator", "page", "character"]),
        ("w:fldCharType", &["begin", "separate", "end"]),
        ("w:instr", &["REF a", "ADDIN ZOTERO_ITEM CSL_CITATION {}", "HYPERLINK \"a\""]),
        ("w:abstractNumId", &["0", "1"]),
        ("w:numId", &["0", "1"]),
        ("w:ilvl", &["0", "1", "8", "99"]),
        ("w:char", &["F0B7", "D800", "x"]),
        ("descr", &["A figure of it"]),
        ("Requires", &["wps"]),
    ],
};

/// Makes a tree of what the bytes say: elements are opened and closed in order.
fn tree(u: &mut Unstructured<'_>, words: &Words, out: &mut String, most: usize) -> Result<()> {
    let mut open: Vec<&str> = Vec::new();
    for _ in 0..most {
        if u.is_empty() {
            break;
        }
        match u.int_in_range(0..=7)? {
            0..=2 => {
                let name = u.choose(words.elements)?;
                let _ = write!(out, "<{name}");
                let mut seen: Vec<&str> = Vec::new();
                while u.ratio(1, 3)? && !u.is_empty() {
                    let (key, values) = u.choose(words.attributes)?;
                    let value = u.choose(values)?;
                    if !seen.contains(key) {
                        let _ = write!(out, " {key}=\"{}\"", value.replace('"', "&quot;"));
                        seen.push(key);
                    }
                }
                if u.ratio(1, 4)? {
                    out.push_str("/>");
                } else {
                    out.push('>');
                    open.push(name);
                }
            }
            3..=4 => {
                if let Some(name) = open.pop() {
                    let _ = write!(out, "</{name}>");
                }
            }
            5..=6 => out.push_str(u.choose(TEXTS)?),
            _ => {
                let length = u.int_in_range(0..=8)?;
                let text = String::from_utf8_lossy(u.bytes(length.min(u.len()))?).into_owned();
                out.extend(text.chars().filter(|c| !matches!(c, '<' | '&') && (*c >= ' ' || *c == '\n')));
            }
        }
    }
    while let Some(name) = open.pop() {
        let _ = write!(out, "</{name}>");
    }
    Ok(())
}

/// The most that a tree is made of.
const MOST: usize = 3000;

/// A JATS article.
pub fn jats(plan: &[u8]) -> String {
    let mut u = Unstructured::new(plan);
    let mut text = "<article xmlns:xlink=\"x\" xmlns:mml=\"m\" article-type=\"x\">".to_owned();
    let _ = tree(&mut u, &JATS, &mut text, MOST);
    text + "</article>"
}

/// A TEI text.
pub fn tei(plan: &[u8]) -> String {
    let mut u = Unstructured::new(plan);
    let mut text = "<TEI xmlns=\"http://www.tei-c.org/ns/1.0\">".to_owned();
    let _ = tree(&mut u, &TEI, &mut text, MOST);
    text + "</TEI>"
}

/// The parts of a Word document: a letter, the name, and the root element.
const PARTS: [(u8, &str, &str); 6] = [
    (b'd', "document", "w:document"),
    (b's', "styles", "w:styles"),
    (b'n', "numbering", "w:numbering"),
    (b'f', "footnotes", "w:footnotes"),
    (b'e', "endnotes", "w:endnotes"),
    (b'c', "comments", "w:comments"),
];

const SPACES: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" \
    xmlns:m=\"http://schemas.openxmlformats.org/officeDocument/2006/math\" \
    xmlns:mc=\"http://schemas.openxmlformats.org/markup-compatibility/2006\" \
    xmlns:wp=\"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing\"";

/// The parts of a Word document, each well formed.
pub fn docx(plan: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut u = Unstructured::new(plan);
    let which: u8 = u.arbitrary().unwrap_or_default();
    let mut parts = Vec::new();
    // The document comes last and takes what is left.
    for (bit, (_, name, root)) in PARTS.iter().enumerate().rev() {
        if bit > 0 && which & (1 << bit) == 0 {
            continue;
        }
        let body = if bit == 0 { ("<w:body>", "</w:body>") } else { ("", "") };
        let mut text = format!("<{root} {SPACES}>{}", body.0);
        let _ = tree(&mut u, &WORD, &mut text, if bit == 0 { MOST } else { 60 });
        let _ = write!(text, "{}</{root}>", body.1);
        parts.push((format!("word/{name}.xml"), text.into_bytes()));
    }
    parts
}

/// The parts of a Word document as they stand in a seed: `%%%` and a letter begin each.
pub fn parted(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
    let mut at = 0;
    let mut add = |letter: u8, part: &[u8]| {
        let name = PARTS.iter().find(|(known, ..)| *known == letter).map_or("document", |(_, name, _)| name);
        let name = format!("word/{name}.xml");
        if parts.iter().all(|(known, _)| *known != name) {
            parts.push((name, part.to_vec()));
        }
    };
    let mut letter = b'd';
    let mut from = 0;
    while at + 3 < bytes.len() {
        if &bytes[at..at + 3] == b"%%%" {
            if at > from {
                add(letter, &bytes[from..at]);
            }
            letter = bytes[at + 3];
            from = at + 4;
            at += 4;
        } else {
            at += 1;
        }
    }
    add(letter, &bytes[from..]);
    parts
}

/// Puts parts into a container, with the relations that lead to them.
pub fn zipped(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, bytes: &[u8]| {
        zip.start_file(name, options).expect("a part");
        zip.write_all(bytes).expect("memory");
    };
    add(
        "_rels/.rels",
        format!("<Relationships xmlns=\"{PACKAGE}\"><Relationship Id=\"r\" Type=\"{RELATIONS}/officeDocument\" Target=\"word/document.xml\"/></Relationships>").as_bytes(),
    );
    let mut relations = format!("<Relationships xmlns=\"{PACKAGE}\">");
    for (_, name, _) in &PARTS[1..] {
        let _ = write!(relations, "<Relationship Id=\"{name}\" Type=\"{RELATIONS}/{name}\" Target=\"{name}.xml\"/>");
    }
    add("word/_rels/document.xml.rels", (relations + "</Relationships>").as_bytes());
    for (name, bytes) in parts {
        add(name, bytes);
    }
    zip.finish().expect("memory").into_inner()
}

/// Keys of the dictionaries of a PDF.
const KEYS: &[&str] = &[
    "Type",
    "Subtype",
    "Kids",
    "Count",
    "Parent",
    "Contents",
    "Resources",
    "MediaBox",
    "CropBox",
    "Rotate",
    "Font",
    "XObject",
    "F1",
    "F2",
    "X1",
    "X2",
    "BaseFont",
    "Encoding",
    "Differences",
    "ToUnicode",
    "DescendantFonts",
    "W",
    "DW",
    "Widths",
    "FirstChar",
    "LastChar",
    "FontDescriptor",
    "FontFile",
    "FontFile2",
    "FontFile3",
    "CIDSystemInfo",
    "Matrix",
    "BBox",
    "Length",
    "Filter",
    "DecodeParms",
    "Predictor",
    "Columns",
    "Colors",
    "BitsPerComponent",
    "Outlines",
    "First",
    "Last",
    "Next",
    "Prev",
    "StructTreeRoot",
    "Names",
    "OCProperties",
    "Properties",
    "MC0",
    "N",
    "Extends",
    "CharProcs",
    "FontMatrix",
    "FontBBox",
    "ExtGState",
    "GS1",
    "Annots",
    "AP",
    "UserUnit",
];
const NAMES: &[&str] = &[
    "Catalog",
    "Pages",
    "Page",
    "Font",
    "XObject",
    "Form",
    "Image",
    "Type0",
    "Type1",
    "Type3",
    "TrueType",
    "CIDFontType0",
    "CIDFontType2",
    "MMType1",
    "Identity-H",
    "Identity-V",
    "WinAnsiEncoding",
    "MacRomanEncoding",
    "Helvetica",
    "Times-Roman",
    "Symbol",
    "ASCIIHexDecode",
    "ASCII85Decode",
    "FlateDecode",
    "LZWDecode",
    "RunLengthDecode",
    "ObjStm",
    "XRef",
    "A",
    "fi",
    "uni0041",
    "g1",
    "eacute",
];
/// Operators of content.
const OPERATORS: &[&str] = &[
    "BT ",
    "ET ",
    "/F1 10 Tf ",
    "/F2 0 Tf ",
    "/F1 -9 Tf ",
    "1 0 0 1 72 700 Tm ",
    "0 1 -1 0 72 700 Tm ",
    "0 0 0 0 0 0 Tm ",
    "0 -12 Td ",
    "1e38 1e38 Td ",
    "12 TL ",
    "T* ",
    "(We searched) Tj ",
    "(1) Tj ",
    "<0041> Tj ",
    "[(a) -300 (b)] TJ ",
    "(x) ' ",
    "1 2 (y) \" ",
    "q ",
    "Q ",
    "1 0 0 1 0 0 cm ",
    "1e30 0 0 1e30 0 0 cm ",
    "0 0 0 0 0 0 cm ",
    "/X1 Do ",
    "/X2 Do ",
    "72 600 400 0.5 re f ",
    "72 600 m 400 600 l S ",
    "72 600 m 72 100 l S ",
    "h ",
    "n ",
    "W ",
    "5 Ts ",
    "-5 Ts ",
    "50 Tz ",
    "0 Tz ",
    "2 Tc ",
    "-100 Tw ",
    "3 Tr ",
    "/GS1 gs ",
    "/Artifact BMC ",
    "EMC ",
    "/P <</MCID 0>> BDC ",
    "/OC /MC0 BDC ",
    "BI /W 1 /H 1 /BPC 8 /CS /G ID x EI ",
    "/ActualText ",
    "(caf\\351 \\(x\\)) Tj ",
    "(Table 1. Wide) Tj ",
    "2 J ",
    "1 w ",
    "d0 ",
    "0 0 0 0 0 0 d1 ",
    "99999999999999999999 0 Td ",
    "-0.0 .5 Td ",
    "NaN 0 Td ",
];

/// A PDF: objects of keys and values that point at each other, numbered and listed.
pub fn pdf(plan: &[u8]) -> Vec<u8> {
    let mut u = Unstructured::new(plan);
    let count = usize::from(u.int_in_range(4_u8..=20).unwrap_or(4));
    let mut objects = vec![
        b"<</Type/Catalog/Pages 2 0 R/Outlines 7 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R/Resources<</Font<</F1 6 0 R/F2 8 0 R>>/XObject<</X1 9 0 R/X2 10 0 R>>>>>>".to_vec(),
    ];
    for number in objects.len()..count {
        let object = match number {
            4 => content(&mut u),
            5 if !u.arbitrary().unwrap_or(false) => {
                Ok(b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_vec())
            }
            8 => form(&mut u, count),
            _ => object(&mut u, count),
        };
        objects.push(object.unwrap_or_else(|_| b"null".to_vec()));
    }
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        places.push(file.len());
        file.extend(format!("{} 0 obj\n", index + 1).into_bytes());
        file.extend(object);
        file.extend(b"\nendobj\n");
    }
    let table = file.len();
    file.extend(format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1).into_bytes());
    for place in &places {
        file.extend(format!("{place:010} 00000 n \n").into_bytes());
    }
    file.extend(format!("trailer <</Size {}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n", places.len() + 1).into_bytes());
    file
}

fn operators(u: &mut Unstructured<'_>) -> Result<String> {
    let mut text = "BT /F1 10 Tf 72 700 Td ".to_owned();
    for _ in 0..600 {
        if u.is_empty() || u.ratio(1, 60)? {
            break;
        }
        text.push_str(u.choose(OPERATORS)?);
    }
    Ok(text)
}

fn stream(head: &str, body: &[u8]) -> Vec<u8> {
    let mut object = format!("<<{head}/Length {}>>\nstream\n", body.len()).into_bytes();
    object.extend(body);
    object.extend(b"\nendstream");
    object
}

fn content(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let text = operators(u)?;
    Ok(if u.ratio(1, 8)? {
        let hex: String = text.bytes().map(|b| format!("{b:02x}")).collect();
        stream("/Filter/ASCIIHexDecode", hex.as_bytes())
    } else {
        stream("", text.as_bytes())
    })
}

fn form(u: &mut Unstructured<'_>, count: usize) -> Result<Vec<u8>> {
    let mut head =
        "/Type/XObject/Subtype/Form/BBox[0 0 600 900]/Resources<</Font<</F1 6 0 R>>/XObject<</X1 ".to_owned();
    let _ = write!(head, "{} 0 R>>>>", u.int_in_range(1..=count)?);
    let text = operators(u)?;
    Ok(stream(&head, text.as_bytes()))
}

fn object(u: &mut Unstructured<'_>, count: usize) -> Result<Vec<u8>> {
    if u.ratio(1, 4)? {
        let mut head = String::new();
        pairs(u, count, 0, &mut head)?;
        let body = if u.ratio(1, 3)? {
            let length = u.int_in_range(0..=200)?;
            u.bytes(length.min(u.len()))?.to_vec()
        } else {
            operators(u)?.into_bytes()
        };
        return Ok(stream(&head, &body));
    }
    let mut text = String::new();
    value(u, count, 0, &mut text)?;
    Ok(text.into_bytes())
}

fn pairs(u: &mut Unstructured<'_>, count: usize, depth: usize, out: &mut String) -> Result<()> {
    while !u.is_empty() && !u.ratio(1, 5)? {
        let _ = write!(out, "/{} ", u.choose(KEYS)?);
        value(u, count, depth + 1, out)?;
    }
    Ok(())
}

fn value(u: &mut Unstructured<'_>, count: usize, depth: usize, out: &mut String) -> Result<()> {
    match u.int_in_range(0..=if depth > 8 { 5 } else { 8 })? {
        0 | 1 => drop(write!(out, "{} 0 R ", u.int_in_range(1..=count + 1)?)),
        2 | 3 => drop(write!(out, "/{} ", u.choose(NAMES)?)),
        4 => drop(write!(
            out,
            "{} ",
            u.choose(&["0", "1", "-1", "2", "65535", "65536", "2147483648", "1e9", "0.5", "595"])?
        )),
        5 => out.push_str(u.choose(&["(a)", "<4142>", "true", "null", "()", "(\\377)", "<0"])?),
        6 => {
            out.push('[');
            while !u.is_empty() && !u.ratio(1, 4)? {
                value(u, count, depth + 1, out)?;
            }
            out.push_str("] ");
        }
        _ => {
            out.push_str("<<");
            pairs(u, count, depth, out)?;
            out.push_str(">> ");
        }
    }
    Ok(())
}
