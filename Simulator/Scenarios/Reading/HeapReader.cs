using System.Collections.Immutable;
using DmaBufSim.Abi;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Security;

namespace DmaBufSim.Scenarios.Reading;

/// <summary>Reads the lines of heaps and their rules.</summary>
internal sealed class HeapReader(
    DiagnosticBag bag, LineWords words, MachineDraft draft, DeclaredNames declared, ImmutableArray<string> types)
{
    private const string HeapShape = "heap NAME [type=TYPE] [on=AREA] [size=BYTES]";
    private const string RuleShape = "allow MASTER read|write|rw [in=REGION]";
    private const string RegionKey = "in=";

    private static readonly ImmutableArray<string> HeapKeys = ["type", "on", "size", "peak"];
    private static readonly ImmutableArray<string> RightWords = ["read", "write", "rw"];

    private readonly DeclarationKeys keys = new(bag, words);

    /// <summary>Whether the declaration before was a heap or one of its rules.</summary>
    public bool IsOpen { get; set; }

    /// <summary>Reads a heap line.</summary>
    public void ReadHeap()
    {
        IsOpen = true;
        draft.ClearRules();
        if (words.Count < 2)
        {
            bag.Add(words.After(0), "the heap has no name", HeapShape);
            return;
        }

        string name = words[1].ToString();
        keys.Read(2);
        if (name.AsSpan().IndexOfAny('/', '=') >= 0)
        {
            bag.Add(words.At(1), $"{QuotedText.Of(name)} is no name of a heap", HeapShape);
        }

        bool isNew = declared.AddHeap(name);
        if (!isNew)
        {
            bag.Add(words.At(1), $"the heap {QuotedText.Of(name)} is declared twice");
        }

        string? type = keys.Has("type") ? keys.Text("type") : types.Contains(name) ? name : null;
        if (!keys.Has("type") && type is null)
        {
            bag.Add(words.After(1), $"the name {QuotedText.Of(name)} does not tell the heap's type",
                "type=" + string.Join('|', types), bag.Suggest(name, types));
        }
        else if (type is not null && !types.Contains(type))
        {
            bag.AddUnknown(
                keys.At("type"), "heap type", type, types, $"{string.Join(", ", types)}, or one that a plug-in brings");
        }

        HeapDescription heap = new(name, type ?? "")
        {
            On = keys.Text("on"),
            Size = keys.Number("size", 1, 1L << 40, "1 byte to 1024GiB"),
            Peak = keys.Number("peak", 1, 1L << 40, "1 byte to 1024GiB"),
        };
        if (HeapType.BuiltIn.FirstOrDefault(known => known.Name == heap.Type) is { Options: { } options })
        {
            keys.Allow([.. HeapKeys, .. options.Select(option => option.Key)]);
            CheckOptions(options);
            CheckMemory(heap);
        }

        heap = heap with { Options = keys.Others(HeapKeys) };

        if (isNew)
        {
            draft.AddHeap(heap, words.At(1), keys.At("on"), keys.At("size"));
        }
    }

    /// <summary>Reads a rule of the heap above.</summary>
    public void ReadRule()
    {
        if (!IsOpen)
        {
            bag.Add(words.At(0), "a rule belongs below a heap", RuleShape);
            return;
        }

        if (words.Count < 3)
        {
            string missing = words.Count < 2 ? "master" : "right";
            bag.Add(words.After(words.Count - 1), $"the rule names no {missing}", RuleShape);
            return;
        }

        string master = words[1].ToString();
        declared.UseDevice(master, words.At(1), DeviceUse.Rule);
        AccessRights rights = AccessRights.None;
        string? region = null;
        for (int i = 2; i < words.Count; i++)
        {
            if (words[i].StartsWith(RegionKey, StringComparison.Ordinal))
            {
                region = ReadRegion(i, region);
            }
            else
            {
                rights |= ReadRights(i);
            }
        }

        if (rights == AccessRights.None && region is not null)
        {
            bag.Add(words.At(2), "the rule names no right", RuleShape);
        }

        AccessRule rule = new(master, rights, region);
        if (draft.FindRule(rule) is { } before)
        {
            bag.Add(
                words.At(1),
                $"this rule gives nothing that '{before}' above does not",
                "one rule for each right and region");
        }

        draft.AddRule(rule);
    }

    private string ReadRegion(int at, string? before)
    {
        string region = words[at][RegionKey.Length..].ToString();
        if (region.Length == 0)
        {
            bag.Add(words.At(at, RegionKey.Length), "'in=' has no value", RuleShape);
        }

        if (before is not null)
        {
            bag.Add(words.At(at), "a rule has one region", "one more rule for the other region");
        }

        return region;
    }

    private AccessRights ReadRights(int at)
    {
        switch (words[at])
        {
            case "read":
                return AccessRights.Read;
            case "write":
                return AccessRights.Write;
            case "rw" or "read|write":
                return AccessRights.ReadWrite;
            default:
                bag.AddUnknown(words.At(at), "right", words[at], RightWords, RuleShape);
                return AccessRights.None;
        }
    }

    private void CheckOptions(ImmutableArray<HeapOption> options)
    {
        foreach (HeapOption option in options)
        {
            if (keys.Text(option.Key) is { } value && !option.Values.Contains(value))
            {
                bag.AddUnknown(keys.At(option.Key), $"value of {option.Key}=", value, option.Values);
            }
        }
    }

    private void CheckMemory(HeapDescription heap)
    {
        bool has = keys.Has("on") || keys.Has("size");
        if (heap.Type == "system" && has)
        {
            Place place = keys.At(keys.Has("on") ? "on" : "size");
            bag.Add(place, "a system heap takes its memory from the whole machine", "heap NAME type=system");
        }
        else if (heap.Type == "carveout" && (keys.Has("on") || !has))
        {
            bag.Add(keys.At("on"), "a carveout heap needs memory of its own", "size=BYTES");
        }
        else if (heap.Type != "system" && !has)
        {
            Place place = words.After(words.Count - 1);
            bag.Add(place, $"a {heap.Type} heap needs memory of its own or an area", "size=BYTES or on=AREA");
        }
        else if (heap.Type != "protected" && keys.Has("peak"))
        {
            bag.Add(keys.At("peak"), "only a protected heap may get a pool from the policy", "type=protected");
        }
        else if (heap.Type != "protected" && keys.Has("on") && keys.Has("size"))
        {
            bag.Add(keys.At("size"), "a heap on an area has the size of the area", "size=BYTES or on=AREA");
        }
    }
}
