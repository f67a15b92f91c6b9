//! The fields of `realist-protocol/1`. The text above each field is what editors show of it, what
//! `docs/protocol.md` says, and what the starter asks. What is required of which kind of protocol
//! stands in `rules/protocol/`, and so do the words that a field may hold.

use std::ops::Range;

use super::shape::{Dated, Field, Label, Prose, Readable, Reader, Record, Shape, word};
use crate::structured::Value;

/// Makes types for fields that hold one of a list of words.
macro_rules! words {
    ($($(#[doc = $about:literal])+ $name:ident = $list:literal;)+) => {$(
        $(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name {
            /// The word.
            pub word: String,
            /// Byte range in the file.
            pub span: Range<usize>,
        }

        impl Readable for $name {
            const SHAPE: Shape = Shape::Word($list);

            fn read(value: &Value, reader: &mut Reader<'_>) -> Option<Self> {
                word(value, $list, reader).map(|(word, span)| Self { word, span })
            }
        }
    )+};
}

/// Makes types for tables: each field may be absent, and what is wrong with it the reader knows.
macro_rules! records {
    ($($(#[doc = $about:literal])+ $name:ident { $($(#[doc = $doc:literal])+ $field:ident: $type:ty,)+ })+) => {$(
        $(#[doc = $about])+
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct $name {
            /// Byte range in the file.
            pub span: Range<usize>,
            $($(#[doc = $doc])+ pub $field: Option<$type>,)+
        }

        impl Readable for $name {
            const SHAPE: Shape = Shape::Record(&Record {
                about: concat!($($about),+),
                fields: &[$(Field {
                    name: stringify!($field),
                    about: concat!($($doc),+),
                    shape: <$type as Readable>::SHAPE,
                }),+],
            });

            fn read(value: &Value, reader: &mut Reader<'_>) -> Option<Self> {
                let Shape::Record(record) = Self::SHAPE else { return None };
                reader.open(value, record).then(|| Self {
                    span: value.span.clone(),
                    $($field: reader.field(value, stringify!($field)),)+
                })
            }
        }
    )+};
}

words! {
    /// What kind of work is planned.
    KindWord = "kind";
    /// A register of protocols.
    Registry = "registry";
    /// Where a theory comes from.
    TheorySource = "theory-source";
    /// Whether an outcome is wanted.
    Polarity = "polarity";
    /// What a search is for.
    Purpose = "search-purpose";
    /// What is judged: whole documents or parts of them.
    Unit = "unit";
    /// How configurations are inferred.
    Logic = "logic";
    /// What is done with pieces of evidence.
    EvidenceMove = "evidence-move";
    /// A reporting standard.
    ReportingStandard = "reporting-standard";
}

records! {
    /// The protocol of a realist review, rapid realist review, meta-narrative review or realist evaluation, as a file.
    Protocol {
        /// The contract that the file keeps: realist-protocol/1.
        schema: Label,
        /// The kind of work that is planned.
        kind: KindWord,
        /// The title; it names the method and says that this is a protocol.
        title: Prose,
        /// The version of the protocol, such as 1.0.
        version: Label,
        /// The date of this version.
        date: Dated,
        /// Where the protocol is registered, or why it is not.
        registration: Registration,
        /// Who plans the work.
        authors: Vec<Author>,
        /// Who pays, what their part is, and what interests the authors have.
        funding: Funding,
        /// Why the work is needed.
        problem: Problem,
        /// Why this method suits the question better than others would.
        rationale_for_method: Prose,
        /// What is done otherwise than the method has it, for instance to be quick, and at what cost.
        adaptations: Vec<Prose>,
        /// The questions that are asked.
        questions: Vec<Question>,
        /// What the work should achieve.
        objectives: Vec<Prose>,
        /// What the work looks at and what it leaves out.
        focus: Focus,
        /// The programme, policy or intervention.
        programme: Programme,
        /// The theories that the work begins with, to be tested and refined.
        initial_programme_theories: Vec<Theory>,
        /// Who is consulted besides the team.
        stakeholders: Stakeholders,
        /// The first, exploratory look at the literature.
        scoping: Scoping,
        /// The searches, each with its purpose.
        searches: Vec<Search>,
        /// How documents, or parts of them, are chosen and judged.
        selection: Selection,
        /// What is taken from documents.
        extraction: Extraction,
        /// How theory is built, tested and refined.
        analysis: Analysis,
        /// For a meta-narrative review: how research traditions are found and compared.
        traditions: Traditions,
        /// For a realist evaluation: its design.
        evaluation: Evaluation,
        /// How changes to this protocol are made and recorded.
        amendments: Amendments,
        /// What comes of the work.
        outputs: Outputs,
        /// The standard by which the work will be reported; the one of its kind where nothing is said.
        reporting_standard: ReportingStandard,
        /// When which stage begins and ends.
        timeline: Vec<Period>,
    }

    /// Where the protocol is registered, or why it is not.
    Registration {
        /// The register; none where there is none.
        registry: Registry,
        /// The number there.
        id: Label,
        /// The address there.
        url: Prose,
        /// The date of registration.
        date: Dated,
        /// Why the protocol is not registered, or not yet.
        reason: Prose,
    }

    /// A person of the team.
    Author {
        /// Name.
        name: Prose,
        /// Institution.
        affiliation: Prose,
        /// Part in the work; one author answers for it.
        role: Prose,
        /// ORCID.
        orcid: Label,
    }

    /// Who pays, what their part is, and what interests the authors have.
    Funding {
        /// The funder and the grant, or that there is none.
        source: Prose,
        /// What part the funder has in the work.
        role: Prose,
        /// The authors' interests, or that there are none.
        conflicts: Prose,
    }

    /// Why the work is needed.
    Problem {
        /// What makes the topic matter.
        need: Prose,
        /// What is not understood so far: how and why, for whom, in what circumstances.
        gap: Prose,
        /// Who will use the answer.
        audience: Vec<Prose>,
    }

    /// A question.
    Question {
        /// A label, such as Q1.
        id: Label,
        /// The question.
        text: Prose,
        /// It asks how and why, for whom or in what circumstances, and not whether something works.
        realist_form: bool,
    }

    /// What the work looks at and what it leaves out.
    Focus {
        /// What belongs to it.
        in_scope: Vec<Prose>,
        /// What does not.
        out_of_scope: Vec<Prose>,
        /// Why the line is drawn there.
        justification: Prose,
        /// Who helped to draw it.
        prioritised_with: Vec<Prose>,
    }

    /// The programme, policy or intervention.
    Programme {
        /// Its name.
        name: Prose,
        /// What it consists of.
        components: Vec<Prose>,
        /// Where it runs.
        setting: Prose,
        /// Who delivers it and who takes part.
        actors: Vec<Prose>,
    }

    /// A theory that the work begins with.
    Theory {
        /// A label, such as IPT1, by which the report can say what became of it.
        id: Label,
        /// The theory as one statement: if, then, because.
        statement: Prose,
        /// In which circumstances.
        context: Prose,
        /// What is introduced.
        intervention: Prose,
        /// What the programme offers or takes away.
        mechanism_resource: Prose,
        /// How people reason, feel or decide in consequence.
        mechanism_response: Prose,
        /// What follows.
        outcome: Prose,
        /// Whether the outcome is wanted.
        polarity: Polarity,
        /// Where the theory comes from.
        source: Vec<TheorySource>,
        /// Citation keys of what it rests on.
        citations: Vec<Label>,
        /// A formal theory that it draws on.
        substantive_theory: Prose,
    }

    /// Who is consulted besides the team.
    Stakeholders {
        /// The groups.
        groups: Vec<Group>,
        /// How patients and the public take part.
        ppi: Prose,
        /// How they are paid.
        payment: Prose,
    }

    /// A group that is consulted.
    Group {
        /// Its name.
        name: Prose,
        /// How many people.
        n: u64,
        /// What they are asked to do.
        role: Prose,
        /// At which stage.
        when: Prose,
    }

    /// The first, exploratory look at the literature.
    Scoping {
        /// Where one looked or will look, and whom one asked.
        sources: Vec<Prose>,
        /// What came of it, or should: candidate theories, terms, the focus.
        output: Prose,
    }

    /// A search.
    Search {
        /// A label, such as S1.
        id: Label,
        /// What it is for.
        purpose: Purpose,
        /// Databases, websites, people.
        sources: Vec<Prose>,
        /// The terms, or the file that holds them.
        terms: Prose,
        /// Dates of coverage, languages, kinds of document.
        limits: Prose,
        /// When it is run.
        planned_date: Dated,
        /// Who runs it.
        by: Prose,
        /// What sets off further searches.
        iteration_rule: Prose,
    }

    /// How documents, or parts of them, are chosen and judged.
    Selection {
        /// What makes a document eligible.
        criteria_include: Vec<Prose>,
        /// What excludes it.
        criteria_exclude: Vec<Prose>,
        /// How it is judged whether a document can build or test the theory.
        relevance: Prose,
        /// How it is judged whether what is taken from it is credible enough.
        rigour: Prose,
        /// How it is judged whether it has enough detail.
        richness: Prose,
        /// How many people judge.
        screeners: u64,
        /// How their judgement is checked.
        second_check: Prose,
        /// How disagreements are settled.
        disagreements: Prose,
        /// Whether whole documents or sections of them are judged.
        unit: Unit,
    }

    /// What is taken from documents.
    Extraction {
        /// Form or software.
        tool: Prose,
        /// What is extracted: passages on contexts, mechanisms, outcomes, theory.
        items: Vec<Prose>,
        /// Which characteristics of documents are recorded.
        characteristics: Vec<Prose>,
        /// Who extracts and who checks.
        who: Prose,
    }

    /// How theory is built, tested and refined.
    Analysis {
        /// How one infers from evidence to mechanisms.
        logic: Logic,
        /// How context-mechanism-outcome configurations are built.
        cmoc_building: Prose,
        /// What is done with pieces of evidence.
        evidence_moves: Vec<EvidenceMove>,
        /// What is done with evidence that contradicts a theory.
        contradictory_evidence: Prose,
        /// How the initial theories are refined, and by whom.
        refinement: Prose,
        /// When there is enough evidence.
        stopping_rule: Prose,
        /// How formal theory is brought in.
        substantive_theory: Prose,
        /// Software.
        software: Prose,
    }

    /// How research traditions are found and compared.
    Traditions {
        /// How traditions are found, told apart and mapped.
        mapping: Prose,
        /// How they are compared, and what is made of what they disagree on.
        comparison: Prose,
        /// How each guiding principle of meta-narrative review is followed.
        principles: Principles,
    }

    /// The guiding principles of meta-narrative review, each with what will be done.
    Principles {
        /// How the review is steered by what its audience can use.
        pragmatism: Prose,
        /// How several perspectives are kept in view.
        pluralism: Prose,
        /// How traditions are told as they unfolded over time.
        historicity: Prose,
        /// How conflicts between traditions are used.
        contestation: Prose,
        /// How the team reflects on its own part.
        reflexivity: Prose,
        /// How outsiders test the emerging findings.
        peer_review: Prose,
    }

    /// The design of a realist evaluation.
    Evaluation {
        /// The design.
        design: Prose,
        /// Why it can test the theories.
        design_justification: Prose,
        /// The surroundings in which the evaluation takes place.
        environment: Prose,
        /// Ethical approval.
        ethics: Ethics,
        /// How data are collected.
        data_collection: Vec<DataCollection>,
        /// How participants are found.
        sampling: Sampling,
        /// How many participants of which kinds.
        participants_planned: Label,
    }

    /// Ethical approval.
    Ethics {
        /// Approval is needed.
        needed: bool,
        /// The committee that gives it.
        body: Prose,
        /// Its reference.
        reference: Label,
        /// Why none is needed.
        reason: Prose,
    }

    /// A way of collecting data.
    DataCollection {
        /// Interviews, observation, records.
        method: Prose,
        /// Why it can tell of contexts, mechanisms or outcomes.
        why: Prose,
        /// Which theories or parts of them it informs.
        feeds: Prose,
    }

    /// How participants are found.
    Sampling {
        /// The strategy.
        strategy: Prose,
        /// Which theories the sample can test, and how.
        contributes_to: Prose,
    }

    /// How changes to this protocol are made and recorded.
    Amendments {
        /// Who decides on changes, and where they and their reasons are recorded.
        plan: Prose,
        /// Changes so far.
        log: Vec<Amendment>,
    }

    /// A change to the protocol.
    Amendment {
        /// When.
        date: Dated,
        /// Which field or step.
        item: Prose,
        /// What was changed.
        change: Prose,
        /// Why.
        reason: Prose,
    }

    /// What comes of the work.
    Outputs {
        /// How findings reach those who use them.
        dissemination: Vec<Prose>,
        /// Where data and code will be.
        data_sharing: Prose,
    }

    /// A stage of the work.
    Period {
        /// Which.
        stage: Prose,
        /// When it begins.
        start: Dated,
        /// When it ends.
        end: Dated,
    }
}

/// All fields there are.
pub(super) fn root() -> &'static Record {
    match Protocol::SHAPE {
        Shape::Record(record) => record,
        _ => &NOTHING,
    }
}

static NOTHING: Record = Record { about: "", fields: &[] };
