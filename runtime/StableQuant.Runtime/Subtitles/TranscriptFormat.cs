namespace StableQuant.Subtitles;

/// <summary>How a transcript is written.</summary>
public enum TranscriptFormat
{
    /// <summary>SubRip (.srt): numbered cues of text.</summary>
    Srt,

    /// <summary>WebVTT (.vtt): cues of text. Source: WebVTT, W3C Candidate Recommendation of 4 April 2019, section 4.</summary>
    Vtt,

    /// <summary>One JSON object: <c>text</c>, and <c>words</c> and <c>characters</c> of <c>text</c>, <c>start</c>, <c>end</c>, <c>confidence</c> and, where aligned, <c>score</c>.</summary>
    Json,

    /// <summary>Praat's TextGrid, the long form, with a tier <c>words</c> and, where there are any, a tier <c>characters</c>. Source: Praat manual, TextGrid file formats.</summary>
    TextGrid,

    /// <summary>NIST's time-marked conversation scoring: a line a word. Source: SCTK, File Formats for the NIST Scoring Software, CTM.</summary>
    Ctm,
}
