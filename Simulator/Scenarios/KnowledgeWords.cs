using System.Collections.Immutable;
using DmaBufSim.Devices;

namespace DmaBufSim.Scenarios;

/// <summary>The words behind <c>knows=</c>.</summary>
public static class KnowledgeWords
{
    private static readonly (string Word, ImporterKnowledge Knowledge, string Meaning)[] Rows =
    [
        ("no", ImporterKnowledge.No, "The driver never learns that a buffer is protected."),
        ("told", ImporterKnowledge.Told, "User space tells the driver, with the word secure of attach."),
        ("asks", ImporterKnowledge.Asks, "The driver asks the buffer when it maps it."),
    ];

    /// <summary>All of them.</summary>
    public static ImmutableArray<string> All { get; } = [.. Rows.Select(row => row.Word)];

    /// <summary>What a word stands for; null where it is none.</summary>
    public static ImporterKnowledge? Find(string? word)
    {
        int row = Array.FindIndex(Rows, row => row.Word == word);
        return row < 0 ? null : Rows[row].Knowledge;
    }

    /// <summary>The word; null where there is none, since the hardware needs no knowledge.</summary>
    public static string? Of(ImporterKnowledge? knowledge)
    {
        int row = Array.FindIndex(Rows, row => row.Knowledge == knowledge);
        return row < 0 ? null : Rows[row].Word;
    }

    /// <summary>What a word means, in a sentence.</summary>
    public static string Meaning(string word) => Rows.First(row => row.Word == word).Meaning;
}
