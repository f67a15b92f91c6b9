//! What the commands and environments of LaTeX and its usual packages and classes mean for text.

/// What a citation command becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cite {
    /// `[@key]`.
    Parenthetical,
    /// `@key`, part of the sentence.
    Narrative,
    /// Nothing: the year alone beside a name, or an entry for the list only.
    Silent,
}

/// The citation commands of LaTeX, natbib, biblatex, apacite and multibib.
pub(super) fn cite(name: &str) -> Option<Cite> {
    let lower = name.trim_end_matches('*').to_ascii_lowercase();
    Some(match lower.as_str() {
        "cite" | "citep" | "parencite" | "parencites" | "autocite" | "autocites" | "cites" | "supercite"
        | "supercites" | "smartcite" | "smartcites" | "footcite" | "footcites" | "footcitetext" | "fullcite"
        | "footfullcite" | "citealp" | "citealt" | "citenum" | "onlinecite" | "citeyearpar" | "shortcite" | "citea"
        | "citeaffixed" | "maskcite" | "maskciteA" | "citefullauthoryear" | "parentcite" | "upcite" | "bibcite"
        | "citep2" => Cite::Parenthetical,
        "citet" | "textcite" | "textcites" | "citeauthor" | "shortciteauthor" | "citeasnoun" | "newcite" | "citean"
        | "shortcitea" | "posscite" | "posscitet" => Cite::Narrative,
        "citeyear" | "citetitle" | "citedate" | "citeurl" | "nocite" | "shortciteyear" | "citefield" | "citetalias"
        | "citepalias" => Cite::Silent,
        _ => return None,
    })
}

/// What a reference to a label shows before its number.
pub(super) fn reference(name: &str) -> Option<bool> {
    match name.trim_end_matches('*') {
        "ref" | "subref" | "pageref" | "vref" | "eqref" | "labelcref" | "fref" | "namecref" => Some(false),
        "autoref" | "cref" | "Cref" | "vpageref" | "Vref" | "Fref" | "zcref" | "Autoref" => Some(true),
        _ => None,
    }
}

/// The rank of a sectioning command: 1 for parts, 2 for chapters, and so on.
pub(super) fn section(name: &str) -> Option<u8> {
    Some(match name {
        "part" | "addpart" => 1,
        "chapter" | "addchap" | "frontchapter" | "chapternotnumbered" => 2,
        "section" | "addsec" | "frametitle" => 3,
        "subsection" => 4,
        "subsubsection" => 5,
        "paragraph" => 6,
        "subparagraph" => 7,
        _ => return None,
    })
}

/// How many arguments of a command are no text; those after them are.
pub(super) fn dropped(name: &str) -> usize {
    match name.trim_end_matches('*') {
        "vspace"
        | "hspace"
        | "label"
        | "includegraphics"
        | "includesvg"
        | "includepdf"
        | "usepackage"
        | "RequirePackage"
        | "documentclass"
        | "documentstyle"
        | "LoadClass"
        | "bibliographystyle"
        | "pagestyle"
        | "thispagestyle"
        | "color"
        | "href"
        | "textcolor"
        | "hypertarget"
        | "hyperlink"
        | "cline"
        | "cellcolor"
        | "rowcolor"
        | "columncolor"
        | "arrayrulecolor"
        | "index"
        | "sindex"
        | "hypersetup"
        | "lstset"
        | "tikzset"
        | "todo"
        | "parbox"
        | "colorbox"
        | "scalebox"
        | "rotatebox"
        | "raisebox"
        | "selectlanguage"
        | "foreignlanguage"
        | "textlang"
        | "graphicspath"
        | "geometry"
        | "captionsetup"
        | "subcaptionsetup"
        | "setstretch"
        | "linespread"
        | "includeonly"
        | "usetikzlibrary"
        | "nomenclature"
        | "glossary"
        | "pagenumbering"
        | "fontfamily"
        | "fontseries"
        | "fontshape"
        | "bibdata"
        | "phantom"
        | "hphantom"
        | "vphantom"
        | "sisetup"
        | "DeclareGraphicsExtensions"
        | "setlist"
        | "hyphenation"
        | "markright"
        | "cmidrule"
        | "specialrule"
        | "urlstyle"
        | "setmainfont"
        | "setsansfont"
        | "setmonofont"
        | "makebox"
        | "noalign"
        | "citestyle"
        | "setcitestyle"
        | "ExecuteBibliographyOptions"
        | "addbibresource"
        | "journalname"
        | "orcidlink"
        | "orcid"
        | "ORCID"
        | "orcidID"
        | "vskip"
        | "hskip"
        | "mathversion"
        | "usefonttheme"
        | "usetheme"
        | "usecolortheme"
        | "titleformat"
        | "theoremstyle"
        | "doi"
        | "received"
        | "revised"
        | "accepted"
        | "published"
        | "volume"
        | "issue"
        | "pubvolume"
        | "footskip"
        | "tocdepth"
        | "lhead"
        | "rhead"
        | "chead"
        | "lfoot"
        | "rfoot"
        | "cfoot"
        | "fancyhead"
        | "fancyfoot"
        | "ifthenelse"
        | "pdfinfo"
        | "directlua"
        | "special"
        | "typeout"
        | "message"
        | "citeproc"
        | "shorttitle"
        | "shortauthors"
        | "runninghead"
        | "titlerunning"
        | "authorrunning"
        | "tcbset"
        | "newcounter"
        | "stepcounter"
        | "refstepcounter"
        | "newlength"
        | "newif"
        | "DeclareSIUnit"
        | "PassOptionsToPackage"
        | "bookmarksetup"
        | "crefname"
        | "GenericError"
        | "sbox"
        | "usebox"
        | "newsavebox"
        | "bibinfo"
        | "bibfield"
        | "translate"
        | "jvol"
        | "jnum"
        | "corrauth"
        | "numberofauthors"
        | "keepaspectratio" => 1,
        "setlength"
        | "addtolength"
        | "addtocounter"
        | "markboth"
        | "resizebox"
        | "multirow"
        | "definecolor"
        | "colorlet"
        | "fcolorbox"
        | "pdfbookmark"
        | "renewbibmacro"
        | "DeclareMathOperator"
        | "newcolumntype"
        | "rule"
        | "DeclareFieldFormat"
        | "DeclareUnicodeCharacter"
        | "settowidth"
        | "hyphenpenalty"
        | "PackageWarning"
        | "AtBeginEnvironment"
        | "declaretheoremstyle"
        | "DeclareCaptionFormat"
        | "newbibmacro"
        | "crefformat"
        | "Crefformat" => 2,
        "addcontentsline" | "DeclareTColorBox" | "SetMathAlphabet" => 3,
        "titlespacing" | "DeclareFontFamily" => 4,
        "AtBeginDocument" | "AtEndDocument" | "AtBeginSection" | "pgfplotsset" | "DeclareOption" | "ProcessOptions" => {
            1
        }
        "fontsize" => 2,
        "patchcmd" => 5,
        _ => 0,
    }
}

/// Commands without arguments, after which a bracket is text.
pub(super) fn is_bare(name: &str) -> bool {
    matches!(
        name,
        "par"
            | "noindent"
            | "indent"
            | "centering"
            | "raggedright"
            | "raggedleft"
            | "small"
            | "footnotesize"
            | "scriptsize"
            | "tiny"
            | "normalsize"
            | "large"
            | "Large"
            | "LARGE"
            | "huge"
            | "Huge"
            | "medskip"
            | "smallskip"
            | "bigskip"
            | "quad"
            | "qquad"
            | "newline"
            | "hfill"
            | "vfill"
            | "hline"
            | "rm"
            | "rmfamily"
            | "sf"
            | "sffamily"
            | "normalfont"
            | "mdseries"
            | "upshape"
            | "relax"
            | "null"
            | "strut"
            | "protect"
            | "left"
            | "right"
    )
}

/// What a command without arguments stands for.
pub(super) fn symbol(name: &str) -> Option<&'static str> {
    Some(match name {
        "%" => "%",
        "&" | "textampersand" => "&",
        "$" | "textdollar" => "$",
        "#" => "#",
        "_" | "textunderscore" => "_",
        "{" | "textbraceleft" | "lbrace" => "{",
        "}" | "textbraceright" | "rbrace" => "}",
        " " | "~" | "," | ";" | ":" | ">" | "\n" | "\t" | "\r" | "space" | "quad" | "qquad" | "nobreakspace"
        | "thinspace" | "enspace" | "enskip" | "hfill" | "textvisiblespace" | "hspace" => " ",
        "ldots" | "dots" | "textellipsis" | "cdots" | "dotsc" => "...",
        "textendash" | "textemdash" | "minus" => "-",
        "textquoteleft" | "textquoteright" | "lq" | "rq" | "textquotesingle" | "glq" | "grq" => "'",
        "textquotedblleft" | "textquotedblright" | "textquotedbl" | "glqq" | "grqq" | "flqq" | "frqq" | "og" | "fg"
        | "guillemotleft" | "guillemotright" => "\"",
        "textgreater" | "gt" => ">",
        "textless" | "lt" => "<",
        "textbar" | "mid" | "vert" => "|",
        "textbackslash" | "backslash" => "\\",
        "textasciitilde" | "sim" | "textasciitildelow" => "~",
        "textasciicircum" => "^",
        "textasteriskcentered" | "ast" => "*",
        "ss" => "ß",
        "SS" => "SS",
        "ae" => "æ",
        "AE" => "Æ",
        "oe" => "œ",
        "OE" => "Œ",
        "o" => "ø",
        "O" => "Ø",
        "aa" => "å",
        "AA" => "Å",
        "l" => "ł",
        "L" => "Ł",
        "i" => "ı",
        "j" => "ȷ",
        "dh" => "ð",
        "DH" => "Ð",
        "th" => "þ",
        "TH" => "Þ",
        "dj" => "đ",
        "DJ" => "Đ",
        "ng" => "ŋ",
        "NG" => "Ŋ",
        "S" | "textsection" => "§",
        "P" | "textparagraph" => "¶",
        "dag" | "dagger" | "textdagger" => "†",
        "ddag" | "ddagger" | "textdaggerdbl" => "‡",
        "copyright" | "textcopyright" => "©",
        "pounds" | "textsterling" => "£",
        "euro" | "texteuro" | "EUR" => "€",
        "textyen" | "yen" => "¥",
        "textcent" => "¢",
        "textregistered" => "®",
        "texttrademark" => "™",
        "textdegree" | "degree" | "celsius" | "circ" => "°",
        "LaTeX" | "LaTeXe" => "LaTeX",
        "TeX" => "TeX",
        "BibTeX" => "BibTeX",
        "times" | "texttimes" => "×",
        "div" => "÷",
        "pm" | "textpm" => "±",
        "cdot" | "textperiodcentered" => "·",
        "bullet" | "textbullet" => "•",
        "rightarrow" | "to" | "longrightarrow" | "textrightarrow" | "xrightarrow" | "mapsto" | "hookrightarrow" => "→",
        "Rightarrow" | "Longrightarrow" | "implies" => "⇒",
        "leftarrow" | "gets" | "textleftarrow" | "longleftarrow" => "←",
        "Leftarrow" => "⇐",
        "leftrightarrow" | "longleftrightarrow" | "textleftrightarrow" => "↔",
        "Leftrightarrow" | "iff" => "⇔",
        "uparrow" | "textuparrow" => "↑",
        "downarrow" | "textdownarrow" => "↓",
        "leq" | "le" | "leqslant" => "≤",
        "geq" | "ge" | "geqslant" => "≥",
        "neq" | "ne" => "≠",
        "approx" => "≈",
        "equiv" => "≡",
        "infty" => "∞",
        "checkmark" | "ding" => "✓",
        "alpha" => "α",
        "beta" => "β",
        "gamma" => "γ",
        "delta" => "δ",
        "Delta" => "Δ",
        "epsilon" | "varepsilon" => "ε",
        "eta" => "η",
        "theta" => "θ",
        "kappa" => "κ",
        "lambda" => "λ",
        "mu" | "textmu" => "μ",
        "pi" => "π",
        "rho" => "ρ",
        "sigma" => "σ",
        "tau" => "τ",
        "phi" | "varphi" => "φ",
        "chi" => "χ",
        "omega" => "ω",
        "Omega" => "Ω",
        "Sigma" | "sum" => "Σ",
        "today" => "today",
        _ => return None,
    })
}

/// The combining character of an accent.
pub(super) fn accent(name: &str) -> Option<char> {
    Some(match name {
        "'" | "capitalacute" => '\u{301}',
        "`" | "capitalgrave" => '\u{300}',
        "^" | "capitalcircumflex" => '\u{302}',
        "\"" | "capitaldieresis" => '\u{308}',
        "~" | "capitaltilde" => '\u{303}',
        "=" => '\u{304}',
        "." => '\u{307}',
        "u" => '\u{306}',
        "v" => '\u{30c}',
        "H" => '\u{30b}',
        "c" => '\u{327}',
        "k" => '\u{328}',
        "r" => '\u{30a}',
        "d" => '\u{323}',
        "b" => '\u{331}',
        _ => return None,
    })
}

/// Commands of journals' classes whose argument is a statement under a heading of its own.
pub(super) fn statement(name: &str) -> Option<&'static str> {
    Some(match name {
        "funding" | "fundingandack" => "Funding",
        "authorcontributions" | "authorcontribution" | "contributions" | "contrib" => "Author contributions",
        "conflictsofinterest" | "conflictofinterest" | "competinginterests" | "conflicts" | "coi" | "dci" => {
            "Conflicts of interest"
        }
        "acknowledgments" | "acknowledgements" | "acknowledgment" | "acknowledgement" | "acks" | "ack" => {
            "Acknowledgements"
        }
        "dataavailability" | "dataavail" => "Data availability",
        "codedataavailability" | "codeavailability" => "Code and data availability",
        "institutionalreview" | "ethics" | "ethicsstatement" => "Ethics",
        "informedconsent" => "Informed consent",
        "supplementary" | "supplement" => "Supplementary materials",
        "abbreviations" => "Abbreviations",
        _ => return None,
    })
}

/// Commands whose argument is about the paper and its authors.
pub(super) fn is_metadata(name: &str) -> bool {
    matches!(
        name,
        "author"
            | "authors"
            | "Author"
            | "affil"
            | "affiliation"
            | "affiliations"
            | "address"
            | "addresses"
            | "institute"
            | "institution"
            | "institutes"
            | "email"
            | "ead"
            | "corresp"
            | "correspondence"
            | "corres"
            | "corresponding"
            | "date"
            | "dept"
            | "department"
            | "university"
            | "supervisor"
            | "supervisors"
            | "degreedate"
            | "firstnote"
            | "presentaddress"
            | "authormark"
            | "cortext"
            | "authornote"
            | "publisher"
            | "dedication"
            | "college"
            | "AuthorNames"
            | "AuthorCitation"
            | "history"
    )
}

/// What an environment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Environment {
    /// The document itself.
    Document,
    /// An abstract, or another part that is headed by what the class says.
    Headed(&'static str),
    /// Keywords.
    Keywords,
    /// A quotation.
    Quotation,
    /// A framed box; its options may hold a title.
    Box,
    /// A box of a talk or poster, with its title as the first argument.
    Titled,
    /// A numbered list.
    Numbered,
    /// A list with bullets.
    Bullets,
    /// A list with a label for each item.
    Labels,
    /// A table, after so many arguments.
    Table(usize),
    /// A float.
    Float(Float),
    /// Text as it stands.
    Verbatim,
    /// A drawing, or what is not to be set at all.
    Skipped,
    /// A reference list, after so many arguments.
    Bibliography(usize),
    /// A title page.
    TitlePage,
    /// A formula.
    Formula,
    /// Authors and addresses.
    Authors,
    /// Text, after so many arguments that are none.
    Plain(usize),
}

/// What a float holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Float {
    Table,
    Figure,
    Box,
}

/// What the environment of this name is.
pub(super) fn environment(name: &str) -> Environment {
    use Environment as E;
    match name.trim_end_matches('*') {
        "document" => E::Document,
        "abstract" | "abstractbox" | "abstracts" | "onecolabstract" | "Abstract" | "englishabstract" => {
            E::Headed("Abstract")
        }
        "executivesummary" | "ExecutiveSummary" => E::Headed("Executive summary"),
        "significance" => E::Headed("Significance"),
        "acknowledgements" | "acknowledgments" | "acknowledgement" | "acknowledgment" | "acks" | "ack"
        | "Acknowledgements" => E::Headed("Acknowledgements"),
        "funding" => E::Headed("Funding"),
        "dci" | "conflict" => E::Headed("Conflicts of interest"),
        "contributions" => E::Headed("Author contributions"),
        "declaration" | "declarations" => E::Headed("Declaration"),
        "keyword" | "keywords" | "IEEEkeywords" | "Keywords" => E::Keywords,
        "quote" | "quotation" | "displayquote" | "displaycquote" | "verse" | "blockquote" => E::Quotation,
        "tcolorbox" | "mdframed" | "framed" | "shaded" | "shadedbox" | "leftbar" | "boxedminipage" | "snugshade"
        | "textbox" | "Sbox" | "fminipage" | "infobox" | "boxtext" => E::Box,
        "block" | "alertblock" | "exampleblock" | "frame" | "posterbox" => E::Titled,
        "enumerate" | "compactenum" | "inparaenum" | "asparaenum" => E::Numbered,
        "itemize" | "compactitem" | "inparaitem" | "trivlist" | "list" | "asparaitem" | "tablenotes" => E::Bullets,
        "description" | "compactdesc" | "acronym" | "labeling" | "basedescript" => E::Labels,
        "tabular" | "longtable" | "supertabular" | "tblr" | "longtblr" | "tabu" | "longtabu" | "array"
        | "NiceTabular" | "mpxtabular" | "xtabular" | "talltblr" => E::Table(1),
        "tabularx" | "tabulary" | "xltabular" | "tabularstar" | "ltabulary" => E::Table(2),
        "table" | "sidewaystable" | "margintable" | "SCtable" | "tablehere" => E::Float(Float::Table),
        "wraptable" => E::Float(Float::Table),
        "figure" | "sidewaysfigure" | "SCfigure" | "marginfigure" | "figurehere" | "subfigure" | "wrapfigure"
        | "teaserfigure" => E::Float(Float::Figure),
        "floatbox" | "boxfloat" => E::Float(Float::Box),
        "verbatim" | "Verbatim" | "lstlisting" | "minted" | "alltt" | "BVerbatim" | "LVerbatim" | "Highlighting"
        | "code" | "algorithm" | "algorithmic" => E::Verbatim,
        "comment" | "tikzpicture" | "picture" | "pspicture" | "pgfpicture" | "filecontents" | "CCSXML" | "forest"
        | "axis" | "asy" | "luacode" | "dot2tex" | "dot2texi" | "scope" | "smartdiagram" => E::Skipped,
        "thebibliography" => E::Bibliography(1),
        "CSLReferences" => E::Bibliography(2),
        "titlepage" | "titlingpage" => E::TitlePage,
        "equation" | "align" | "gather" | "eqnarray" | "multline" | "displaymath" | "math" | "flalign" | "alignat" => {
            E::Formula
        }
        "aug" | "authgrp" | "IEEEauthorblock" => E::Authors,
        "minipage"
        | "multicols"
        | "spacing"
        | "adjustbox"
        | "otherlanguage"
        | "column"
        | "addmargin"
        | "scaletikzpicturetowidth"
        | "turn"
        | "rotate"
        | "hyphenrules"
        | "foreigndisplayquote" => E::Plain(1),
        "adjustwidth" => E::Plain(2),
        _ => E::Plain(0),
    }
}
