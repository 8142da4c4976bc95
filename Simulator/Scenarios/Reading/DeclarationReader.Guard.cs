using System.Collections.Immutable;
using System.Numerics;
using DmaBufSim.Abi;
using DmaBufSim.Devices;
using DmaBufSim.Memory;
using DmaBufSim.Security;

namespace DmaBufSim.Scenarios.Reading;

internal sealed partial class DeclarationReader
{
    private const string GuardShape = "guard TYPE [KEY=VALUE...]";
    private const string SharedShape = "share=MASTER+MASTER,...";
    private const string GranuleShape = "a power of two from 4KiB to 1GiB";
    private const string TimeShape = "0 to 1000000000 nanoseconds";
    private const long MostTime = 1_000_000_000;

    private static readonly ImmutableArray<string> GuardKeys =
        ["regions", "granule", "smallest", "latency", "per_page", "share", "shared", "violation"];

    private static readonly ImmutableArray<string> LinkStates = ["protected", "clear"];
    private static readonly ImmutableArray<string> Widths = ["refuse", "widen"];
    private static readonly ImmutableArray<string> Responses = ["abort", "zero", "interrupt"];

    private bool sawGuard;

    /// <summary>Reads a guard line.</summary>
    public void ReadGuard()
    {
        if (sawGuard)
        {
            bag.Add(words.At(0), "the guard is described twice");
            return;
        }

        sawGuard = true;
        if (words.Count < 2)
        {
            bag.Add(words.After(0), "the guard has no type", GuardShape);
            return;
        }

        string type = words[1].ToString();
        GuardType? guard = vocabulary.GuardTypes.FirstOrDefault(known => known.Name == type);
        if (guard is null)
        {
            bag.AddUnknown(words.At(1), "guard", type, [.. vocabulary.GuardTypes.Select(known => known.Name)]);
        }

        keys.Read(2);
        keys.Allow(GuardKeys);
        CheckKeys(guard);
        string? response = keys.OneOf("violation", "answer to a violation", Responses);
        draft.Guard = new GuardSettings(type)
        {
            Regions = (int?)keys.Number("regions", 1, 65536, "1 to 65536"),
            Granule = PowerOfTwo("granule"),
            Smallest = PowerOfTwo("smallest"),
            Latency = keys.Number("latency", 0, MostTime, TimeShape),
            PerPage = keys.Number("per_page", 0, MostTime, TimeShape),
            Shared = Shared(),
            Widens = keys.OneOf("shared", "answer", Widths) == "widen",
            Response = response is null ? GuardResponse.Abort : (GuardResponse)Responses.IndexOf(response),
        };
        if (draft.Guard is { Granule: { } granule, Smallest: { } smallest } && smallest < granule)
        {
            bag.Add(
                keys.At("smallest"),
                $"smallest={ByteText.Of(smallest)} is below granule={ByteText.Of(granule)}",
                $"at least {ByteText.Of(granule)}, or no smallest=");
        }
    }

    private void CheckKeys(GuardType? type)
    {
        if (type?.Keys is not { } own)
        {
            return;
        }

        foreach (string key in GuardKeys.Where(key => keys.Has(key) && !own.Contains(key)))
        {
            bag.Add(keys.At(key), $"a guard of type {type.Name} has no {key}=", string.Join(", ", own));
        }

        if (keys.Has("shared") && !keys.Has("share") && !type.JoinsMasters && own.Contains("shared"))
        {
            bag.Add(keys.At("shared"), "shared= speaks of masters that share an id, and none does", SharedShape);
        }
    }

    private long? PowerOfTwo(string key)
    {
        long? bytes = keys.Number(key, PhysicalMemory.PageSize, 1L << 30, GranuleShape);
        if (bytes is null || BitOperations.IsPow2(bytes.Value))
        {
            return bytes;
        }

        bag.Add(keys.At(key), $"{key}={keys.Text(key)} is not a power of two", GranuleShape);
        return null;
    }

    private ImmutableArray<ImmutableArray<string>> Shared()
    {
        if (keys.Text("share") is not { } text)
        {
            return [];
        }

        ImmutableArray<ImmutableArray<string>>.Builder groups =
            ImmutableArray.CreateBuilder<ImmutableArray<string>>();
        HashSet<string> sharing = new(StringComparer.Ordinal);
        foreach (string group in text.Split(','))
        {
            ImmutableArray<string> masters = [.. group.Split('+')];
            if (masters.Length < 2 || masters.Contains(""))
            {
                bag.Add(keys.At("share"), $"{QuotedText.Of(group)} is no group of masters", SharedShape);
                continue;
            }

            groups.Add(masters);
            foreach (string master in masters)
            {
                if (!sharing.Add(master))
                {
                    bag.Add(
                        keys.At("share"),
                        $"{QuotedText.Of(master)} is listed twice",
                        "each master once; who shares an id with one of a group shares it with all");
                }

                declared.UseDevice(master, keys.At("share"), DeviceUse.Verdict);
            }
        }

        return groups.DrainToImmutable();
    }

    private ImporterKnowledge? Knows() =>
        KnowledgeWords.Find(keys.OneOf("knows", "way to know", KnowledgeWords.All));
}
