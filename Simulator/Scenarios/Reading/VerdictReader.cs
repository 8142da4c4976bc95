using System.Collections.Immutable;
using DmaBufSim.Checking;
using DmaBufSim.Security;

namespace DmaBufSim.Scenarios.Reading;

/// <summary>Reads the lines that are verdicts.</summary>
internal sealed class VerdictReader(DiagnosticBag bag, LineWords words, DeclaredNames declared)
{
    private const string NeverShape = "never MASTER reads|writes|touches HEAP";
    private const string Always = "always ";

    private static readonly ImmutableArray<string> Sentences =
        [.. Laws.Sentences.Select(sentence => sentence[Always.Length..])];

    private static readonly ImmutableArray<string> Deeds = ["reads", "writes", "touches"];

    /// <summary>Reads a never line; null where it has a mistake.</summary>
    public Verdict? ReadNever()
    {
        if (words.Count != 4)
        {
            bool many = words.Count > 4;
            Place place = many ? words.At(4) : words.After(words.Count - 1);
            bag.Add(place, $"too {(many ? "many" : "few")} words for 'never'", NeverShape);
            return null;
        }

        AccessRights rights = words[2] switch
        {
            "reads" => AccessRights.Read,
            "writes" => AccessRights.Write,
            "touches" => AccessRights.ReadWrite,
            _ => AccessRights.None,
        };
        if (rights == AccessRights.None)
        {
            bag.AddUnknown(words.At(2), "deed", words[2], Deeds, NeverShape);
        }

        string master = words[1].ToString();
        string heap = words[3].ToString();
        declared.UseDevice(master, words.At(1), DeviceUse.Verdict);
        declared.UseHeap(heap, words.At(3));
        return new NeverVerdict(words.Number, master, rights, heap);
    }

    /// <summary>Reads an always line; null where it has a mistake.</summary>
    public Verdict? ReadAlways()
    {
        if (words.Count < 2)
        {
            bag.Add(words.After(0), "a law is missing", string.Join("; ", Sentences));
            return null;
        }

        List<string> said = [];
        for (int i = 1; i < words.Count; i++)
        {
            said.Add(words[i].ToString());
        }

        string law = string.Join(' ', said);
        int index = Sentences.IndexOf(law);
        if (index >= 0)
        {
            return new AlwaysVerdict(words.Number, Laws.Sentences[index]);
        }

        bag.AddUnknown(words.At(1), "law", law, Sentences, string.Join("; ", Sentences));
        return null;
    }
}
