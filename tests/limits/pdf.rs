//! PDFs that swell, loop or nest.

use std::fmt::Write as _;
use std::io::Write as _;

use crate::{Most, SMALL, check, nested, size};

/// Such a file may ask for what a long one would; see `read/pdf/bounds.rs`.
const LARGE: Most = Most { seconds: 60, megabytes: 900 };

/// A file of these objects, numbered from 1, with a list of where they stand; the first is the catalogue.
fn file(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut table = String::new();
    for (index, object) in objects.iter().enumerate() {
        let _ = writeln!(table, "{:010} 00000 n ", file.len());
        file.extend(format!("{} 0 obj\n", index + 1).into_bytes());
        file.extend(object);
        file.extend(b"\nendobj\n");
    }
    let at = file.len();
    let count = objects.len() + 1;
    file.extend(format!("xref\n0 {count}\n0000000000 65535 f \n{table}trailer <</Size {count}/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n").into_bytes());
    file
}

fn stream(head: &str, body: &[u8]) -> Vec<u8> {
    let mut object = format!("<<{head}/Length {}>>\nstream\n", body.len()).into_bytes();
    object.extend(body);
    object.extend(b"\nendstream");
    object
}

const FONT: &str = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>";

/// A page with this content and these further objects, from number 6 on. Its font is 5, forms X1 and X2 are 6 and 7.
fn page(content: Vec<u8>, more: &[Vec<u8>]) -> Vec<u8> {
    let mut objects: Vec<Vec<u8>> = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>/XObject<</X1 6 0 R/X2 7 0 R>>>>>>".to_vec(),
        content,
        FONT.as_bytes().to_vec(),
    ];
    objects.extend_from_slice(more);
    file(&objects)
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(bytes).expect("memory");
    packer.finish().expect("memory")
}

/// `count` spaces by LZW as PDF has it: codes of nine bits and more, the greatest first.
fn lzw(count: usize) -> Vec<u8> {
    let (mut out, mut buffer, mut bits) = (Vec::new(), 0_u64, 0);
    let mut put = |code: u64, width: u32| {
        buffer = buffer << width | code;
        bits += width;
        while bits >= 8 {
            bits -= 8;
            out.push((buffer >> bits) as u8);
        }
        buffer &= (1 << bits) - 1;
    };
    put(256, 9);
    put(32, 9);
    let (mut written, mut known) = (1, 258_u64);
    let mut length = 2;
    while written < count {
        // Each code stands for one space more than the last.
        let width = match known + 1 {
            0..512 => 9,
            512..1024 => 10,
            1024..2048 => 11,
            _ => 12,
        };
        put(known, width);
        written += length;
        length += 1;
        known += 1;
        if known == 4094 {
            put(256, 12);
            put(32, 9);
            (known, length, written) = (258, 2, written + 1);
        }
    }
    put(257, 12);
    put(0, 8);
    out
}

#[test]
fn streams_that_swell_are_refused_whatever_packs_them() {
    let most = size(1 << 30, 300 << 20);
    let spaces = vec![b' '; most];
    let flate = zlib(&spaces);
    let twice = zlib(&flate);
    let hex: Vec<u8> = flate.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).chain(*b">").collect();
    let runs: Vec<u8> = [129, b' '].repeat(most / 128).into_iter().chain([128]).collect();
    let packed_runs = zlib(&runs);
    let lzw = lzw(most);
    let packed_lzw = zlib(&lzw);
    let bare = flate[2..].to_vec();
    for (what, filter, body) in [
        ("FlateDecode", "/FlateDecode", &flate),
        ("FlateDecode twice", "[/FlateDecode/FlateDecode]", &twice),
        ("FlateDecode without its head", "/FlateDecode", &bare),
        ("FlateDecode in hexadecimal", "[/ASCIIHexDecode/FlateDecode]", &hex),
        ("RunLengthDecode", "/RunLengthDecode", &runs),
        ("RunLengthDecode, packed", "[/FlateDecode/RunLengthDecode]", &packed_runs),
        ("LZWDecode", "/LZWDecode", &lzw),
        ("LZWDecode, packed", "[/FlateDecode/LZWDecode]", &packed_lzw),
    ] {
        let bytes = page(stream(&format!("/Filter{filter}"), body), &[]);
        let run = check(&format!("PDF content that swells by {what}"), "a.pdf", &bytes, LARGE);
        assert_eq!(run.code, Some(2), "{what}");
        // The same as a map of letters, as an encoding, and as a font.
        for font in [
            "/ToUnicode 6 0 R",
            "/FontDescriptor<</FontFile2 6 0 R/FontName/A/Flags 4>>",
            "/FontDescriptor<</FontFile3 6 0 R/FontName/A/Flags 4>>",
        ] {
            let mut objects = vec![
                b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
                b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
                b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"
                    .to_vec(),
                stream("", b"BT /F1 10 Tf 72 700 Td (We searched four databases.) Tj ET"),
            ];
            objects.push(
                format!("<</Type/Font/Subtype/TrueType/BaseFont/A/FirstChar 0/LastChar 1/Widths[1 1]{font}>>")
                    .into_bytes(),
            );
            objects.push(stream(&format!("/Filter{filter}"), body));
            check(&format!("PDF font that swells by {what}"), "a.pdf", &file(&objects), LARGE);
        }
    }
}

#[test]
fn many_small_streams_swell_no_further_than_one() {
    // Each page asks for the same stream, by other numbers.
    let body = zlib(&vec![b' '; 30 << 20]);
    let count = 60;
    let kids: Vec<String> = (0..count).map(|n| format!("{} 0 R", 4 + n * 2)).collect();
    let kids = kids.join(" ");
    let mut objects = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        format!("<</Type/Pages/Kids[{kids}]/Count {count}>>").into_bytes(),
        FONT.as_bytes().to_vec(),
    ];
    for n in 0..count {
        objects
            .push(format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {} 0 R>>", 5 + n * 2).into_bytes());
        objects.push(stream("/Filter/FlateDecode", &body));
    }
    check("PDF of many streams that swell", "a.pdf", &file(&objects), LARGE);
    // One page that names one stream many times, and forms that draw forms.
    let names = "4 0 R ".repeat(100_000);
    let mut objects = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents[{names}]/Resources<</Font<</F1 5 0 R>>>>>>")
            .into_bytes(),
        stream("", b"BT /F1 10 Tf 72 700 Td (We searched four databases.) Tj ET "),
        FONT.as_bytes().to_vec(),
    ];
    check("PDF page of one stream a hundred thousand times", "a.pdf", &file(&objects), LARGE);
    objects.truncate(2);
    objects.push(
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</X 6 0 R>>>>>>".to_vec(),
    );
    objects.push(stream("", b"/X Do "));
    objects.push(FONT.as_bytes().to_vec());
    for n in 6..30 {
        let head = format!(
            "/Type/XObject/Subtype/Form/BBox[0 0 600 900]/Resources<</Font<</F1 5 0 R>>/XObject<</X {} 0 R>>>>",
            n + 1
        );
        objects.push(stream(&head, b"/X Do /X Do /X Do /X Do BT /F1 9 Tf (a) Tj ET "));
    }
    check("PDF forms that draw forms", "a.pdf", &file(&objects), LARGE);
}

/// What the fuzzer found, kept small: what went wrong stands with each.
#[test]
fn what_was_found_stays_mended() {
    // Forms that draw themselves and each other took seconds of a debug build for three kilobytes: they were drawn
    // sixteen deep, and nothing counted them.
    let form =
        "/Type/XObject/Subtype/Form/BBox[0 0 600 900]/Resources<</Font<</F1 5 0 R>>/XObject<</X1 6 0 R/X2 7 0 R>>>>";
    let text = stream("", b"BT /F1 10 Tf 72 700 Td (We searched four databases for realist reviews.) Tj ET /X1 Do");
    let again = stream(form, b"/X1 Do /X2 Do /X1 Do /X2 Do /X1 Do BT /F1 9 Tf 72 600 Td (a) Tj ET");
    let quick = Most { seconds: 3, megabytes: 150 };
    let run =
        check("PDF form that draws itself five times", "a.pdf", &page(text.clone(), &[again.clone(), again]), quick);
    assert_eq!(run.code, Some(0), "{}", run.err);
    // Widths for ranges of codes, one kept for each code: four billion.
    for (what, font) in [
        ("W", "<</Type/Font/Subtype/CIDFontType2/W[0 4294967295 500]>>"),
        ("W2", "<</Type/Font/Subtype/CIDFontType2/W2[0 4294967295 500 1 1]>>"),
        ("W over and over", "<</Type/Font/Subtype/CIDFontType2/W[0 60000 5 60001 120000 5 0 4000000000 5]>>"),
    ] {
        let font = format!("<</Type/Font/Subtype/Type0/BaseFont/A/Encoding/Identity-H/DescendantFonts[{font}]>>");
        let mut objects = vec![
            b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"
                .to_vec(),
            text.clone(),
        ];
        objects.push(font.into_bytes());
        check(&format!("PDF font with {what} for billions of codes"), "a.pdf", &file(&objects), quick);
    }
    // A font whose codes begin at a number beyond any, with nothing kept for each code before it.
    let font = b"<</Type/Font/Subtype/TrueType/BaseFont/A/FirstChar 999999999999/LastChar 999999999999/Widths[1]>>";
    let objects = [
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>".to_vec(),
        text,
        font.to_vec(),
    ];
    check("PDF font whose first code is beyond any", "a.pdf", &file(&objects), quick);
}

#[test]
fn files_that_go_in_circles_end() {
    let text = || stream("", b"BT /F1 10 Tf 72 700 Td (We searched four databases.) Tj ET /X1 Do");
    let catalog = |more: &str| format!("<</Type/Catalog/Pages 2 0 R{more}>>").into_bytes();
    let pages = b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec();
    let one = |more: &str| {
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>/XObject<</X1 6 0 R>>>>{more}>>").into_bytes()
    };
    let font = FONT.as_bytes().to_vec();
    let form = |resources: &str| {
        stream(
            &format!("/Type/XObject/Subtype/Form/BBox[0 0 600 900]/Resources {resources}"),
            b"/X1 Do BT /F1 9 Tf (a) Tj ET",
        )
    };
    let cases: Vec<(&str, Vec<Vec<u8>>)> = vec![
        ("pages that are their own kids", vec![catalog(""), b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>".to_vec(), one(""), text(), font.clone()]),
        ("pages in a circle of two", vec![catalog(""), b"<</Type/Pages/Kids[3 0 R]/Count 9>>".to_vec(), b"<</Type/Pages/Parent 2 0 R/Kids[2 0 R 2 0 R]/Count 9>>".to_vec()]),
        ("a parent in a circle", vec![catalog(""), b"<</Type/Pages/Parent 2 0 R/Kids[3 0 R]/Count 1>>".to_vec(), b"<</Type/Page/Parent 2 0 R/Contents 4 0 R>>".to_vec(), text(), font.clone()]),
        ("a form that draws itself", vec![catalog(""), pages.clone(), one(""), text(), font.clone(), form("<</XObject<</X1 6 0 R>>/Font<</F1 5 0 R>>>>")]),
        ("a form that is its own resources", vec![catalog(""), pages.clone(), one(""), text(), font.clone(), form("6 0 R")]),
        ("an object that is itself", vec![catalog(""), pages.clone(), one(""), b"4 0 R".to_vec(), b"5 0 R".to_vec(), b"6 0 R".to_vec()]),
        ("a length that is the stream", vec![catalog(""), pages.clone(), one(""), b"<</Length 4 0 R>>\nstream\nBT /F1 10 Tf (a) Tj ET\nendstream".to_vec(), font.clone()]),
        ("outlines in a circle", vec![catalog("/Outlines 6 0 R"), pages.clone(), one(""), text(), font.clone(), b"<</Type/Outlines/First 7 0 R/Last 7 0 R/Count 2147483647>>".to_vec(), b"<</Title(a)/Parent 6 0 R/Next 7 0 R/Prev 7 0 R/First 7 0 R/Last 7 0 R>>".to_vec()]),
        ("names in a circle", vec![catalog("/Names<</Dests 6 0 R>>/Dests 6 0 R/OCProperties 6 0 R/StructTreeRoot 6 0 R"), pages.clone(), one(""), text(), font.clone(), b"<</Kids[6 0 R 6 0 R]/K[6 0 R]/OCGs[6 0 R]/D 6 0 R/Names[(a) 6 0 R]>>".to_vec()]),
        ("a font that is its own descendant", vec![catalog(""), pages.clone(), one(""), text(), b"<</Type/Font/Subtype/Type0/BaseFont/A/Encoding 5 0 R/DescendantFonts[5 0 R]/ToUnicode 5 0 R>>".to_vec()]),
        ("glyphs that draw themselves", vec![catalog(""), pages.clone(), one(""), text(), b"<</Type/Font/Subtype/Type3/FontBBox[0 0 1 1]/FontMatrix[1 0 0 1 0 0]/FirstChar 0/LastChar 255/CharProcs<</W 4 0 R/a 4 0 R>>/Encoding<</Differences[0/W/a]>>/Resources<</Font<</F1 5 0 R>>>>>>".to_vec()]),
        ("a map of letters that uses itself", vec![catalog(""), pages.clone(), one(""), text(), b"<</Type/Font/Subtype/Type0/BaseFont/A/Encoding 6 0 R/DescendantFonts[<</Type/Font/Subtype/CIDFontType2/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>>>]/ToUnicode 6 0 R>>".to_vec(), stream("/Type/CMap/CMapName/A/UseCMap 6 0 R", b"/A usecmap 1 begincodespacerange <00> <ff> endcodespacerange")]),
    ];
    for (what, objects) in cases {
        check(&format!("PDF: {what}"), "a.pdf", &file(&objects), SMALL);
    }
    // Lists of objects that lead to each other.
    let good = page(text(), &[]);
    let good = String::from_utf8(good).expect("text");
    let at = good.rfind("\nxref").expect("a list") + 1;
    for (what, bad) in [
        ("a list of objects before itself", good.replace("/Root 1 0 R", &format!("/Root 1 0 R/Prev {at}"))),
        ("a list of objects beside itself", good.replace("/Root 1 0 R", &format!("/Root 1 0 R/XRefStm {at}"))),
        ("a list of more objects than can be", good.replace("xref\n0 6", "xref\n0 4294967295")),
        ("a list of objects that begins far off", good.replace("xref\n0 6", "xref\n4294967290 6")),
        ("a size of more objects than can be", good.replace("/Size 6", "/Size 4294967295")),
        (
            "a list of objects at a wrong place",
            good.replace(&format!("startxref\n{at}"), "startxref\n99999999999999999999"),
        ),
        ("a catalogue that is the trailer", good.replace("/Root 1 0 R", "/Root 99 0 R")),
        ("objects of one number", good.replace(" 0 obj", " 0 obj\n1 0 obj")),
    ] {
        check(&format!("PDF: {what}"), "a.pdf", bad.as_bytes(), SMALL);
    }
    // Objects in streams that are in themselves, and lists of objects in streams.
    let packed = |head: &str, inner: &str| {
        let mut objects =
            vec![catalog(""), pages.clone(), one(""), text(), font.clone(), stream(head, inner.as_bytes())];
        objects.push(stream("/Type/ObjStm/N 1/First 4/Extends 6 0 R", b"6 0 <<>>"));
        let mut bytes = file(&objects);
        let place = |n: usize| {
            let needle = format!("{n} 0 obj\n");
            memchr::memmem::find(&bytes, needle.as_bytes()).expect("an object") as u32
        };
        // Objects 1 to 5 lie in the stream 6, which lies in itself.
        let mut rows = vec![0, 0, 0, 0, 0, 255];
        for n in 1..=5_u32 {
            rows.extend([2, 0, 0, 0, 6, n as u8 - 1]);
        }
        let circle = [2, 0, 0, 0, 6, 0];
        let found = [&[1][..], &place(6).to_be_bytes(), &[0]].concat();
        let mut all = Vec::new();
        for sixth in [&circle[..], &found] {
            let table: Vec<u8> = rows.iter().copied().chain(sixth.iter().copied()).collect();
            let at = bytes.len();
            let mut whole = bytes.clone();
            whole.extend(b"8 0 obj\n");
            whole.extend(stream(&format!("/Type/XRef/Size 9/W[1 4 1]/Root 1 0 R/Index[0 7]/Prev {at}"), &table));
            whole.extend(format!("\nendobj\nstartxref\n{at}\n%%EOF\n").into_bytes());
            all.push(whole);
        }
        bytes.clear();
        all
    };
    for (what, head, inner) in [
        (
            "objects in a stream in itself",
            "/Type/ObjStm/N 5/First 20/Extends 6 0 R",
            "1 0 2 3 3 6 4 9 5 12 1 0 R 2 0 R 3 0 R",
        ),
        ("a stream of more objects than can be", "/Type/ObjStm/N 4294967295/First 4294967295", "1 0 2 3"),
    ] {
        for bytes in packed(head, inner) {
            check(&format!("PDF: {what}"), "a.pdf", &bytes, SMALL);
        }
    }
    for (what, head) in [
        (
            "a list of objects in a stream, of fields of any width",
            "/Type/XRef/Size 9/W[4294967295 4294967295 4294967295]/Root 1 0 R",
        ),
        (
            "a list of objects in a stream, of fields of no width",
            "/Type/XRef/Size 2147483647/W[0 0 0]/Index[0 2147483647]/Root 1 0 R",
        ),
        (
            "a list of objects in a stream, predicted",
            "/Type/XRef/Size 9/W[1 2 1]/Root 1 0 R/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 2147483647/Colors 2147483647/BitsPerComponent 32>>",
        ),
    ] {
        let mut bytes = b"%PDF-1.7\n".to_vec();
        bytes.extend(b"1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n");
        let at = bytes.len();
        bytes.extend(b"8 0 obj\n");
        bytes.extend(stream(head, &zlib(&[1; 400])));
        bytes.extend(format!("\nendobj\nstartxref\n{at}\n%%EOF\n").into_bytes());
        check(&format!("PDF: {what}"), "a.pdf", &bytes, SMALL);
    }
}

#[test]
fn files_that_nest_a_hundred_thousand_deep_end() {
    let depth = size(100_000, 20_000);
    let text = stream("", b"BT /F1 10 Tf 72 700 Td (We searched four databases.) Tj ET");
    for (what, value) in [
        ("arrays", nested("[", "]", depth).replace('x', "1")),
        ("arrays without end", "[".repeat(depth)),
        ("dictionaries", nested("<</A ", ">>", depth).replace('x', "1")),
        ("dictionaries without end", "<</A ".repeat(depth)),
        ("strings", nested("(", ")", depth)),
        ("comments", "%".repeat(depth)),
    ] {
        check(&format!("PDF {what}, as an object"), "a.pdf", &page(text.clone(), &[value.clone().into_bytes()]), SMALL);
        let content = format!("BT /F1 10 Tf 72 700 Td {value} TJ (We searched.) Tj ET");
        check(&format!("PDF {what}, in content"), "a.pdf", &page(stream("", content.as_bytes()), &[]), SMALL);
        let catalog = format!("<</Type/Catalog/Pages 2 0 R/Outlines {value}>>");
        check(
            &format!("PDF {what}, in the catalogue"),
            "a.pdf",
            &file(&[
                catalog.into_bytes(),
                b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
                b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 5 0 R>>>>>>"
                    .to_vec(),
                text.clone(),
                FONT.as_bytes().to_vec(),
            ]),
            SMALL,
        );
    }
    for (what, open, close) in [
        ("saved states", "q ", "Q "),
        ("marked content", "/P BMC ", "EMC "),
        ("text objects", "BT ", "ET "),
        ("artifacts", "/Artifact BMC ", "EMC "),
        ("pictures", "BI ", "ID x EI "),
        ("matrices", "2 0 0 2 0 0 cm ", ""),
    ] {
        let content =
            format!("{}BT /F1 10 Tf 72 700 Td (We searched.) Tj ET {}", open.repeat(depth), close.repeat(depth));
        check(&format!("PDF {what}"), "a.pdf", &page(stream("", content.as_bytes()), &[]), SMALL);
    }
    // A tree of pages with one branch, and one that is as wide.
    let mut objects = vec![b"<</Type/Catalog/Pages 2 0 R>>".to_vec()];
    for n in 2..depth + 2 {
        objects.push(format!("<</Type/Pages/Parent {} 0 R/Kids[{} 0 R]/Count 1>>", n - 1, n + 1).into_bytes());
    }
    objects.push(format!("<</Type/Page/Parent {} 0 R/MediaBox[0 0 595 842]>>", depth + 1).into_bytes());
    check("PDF page tree", "a.pdf", &file(&objects), SMALL);
    let kids = "3 0 R ".repeat(depth);
    check(
        "PDF of one page a hundred thousand times",
        "a.pdf",
        &file(&[
            b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
            format!("<</Type/Pages/Kids[{kids}]/Count {depth}>>").into_bytes(),
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>".to_vec(),
        ]),
        SMALL,
    );
    // A chain of references, of forms, and of maps of letters; ranges of letters that are all there are.
    let mut objects = vec![b"<</Type/Catalog/Pages 2 0 R>>".to_vec()];
    objects.extend((2..depth + 2).map(|n| format!("{} 0 R", n + 1).into_bytes()));
    check("PDF references to references", "a.pdf", &file(&objects), SMALL);
    for range in [
        "1 beginbfrange <0000> <ffff> <0041> endbfrange",
        "1 beginbfrange <00000000> <ffffffff> <0041> endbfrange",
        "1 begincidrange <00000000> <ffffffff> 0 endcidrange",
        "1 beginbfrange <00> <ff> [<0041>] endbfrange",
        "1 begincodespacerange <0000000000000000> <ffffffffffffffff> endcodespacerange",
    ] {
        let map = format!("{range}\n").repeat(depth / 10);
        let font = "<</Type/Font/Subtype/Type0/BaseFont/A/Encoding 6 0 R/DescendantFonts[<</Type/Font/Subtype/CIDFontType2/W[0 4294967295 500 0 65535 [1]]/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>>>]/ToUnicode 6 0 R>>";
        let objects = vec![
            b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"
                .to_vec(),
            text.clone(),
            font.as_bytes().to_vec(),
            stream("/Type/CMap", map.as_bytes()),
        ];
        check(&format!("PDF letters: {range}"), "a.pdf", &file(&objects), SMALL);
    }
}
