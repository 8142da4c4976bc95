using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using DmaBufSim.Abi;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios.Reading;
using DmaBufSim.Security;
using DmaBufSim.Workloads;

namespace DmaBufSim.Scenarios;

/// <summary>Writes scenarios as files; reading the text again gives the same scenario.</summary>
public static class ScenarioWriter
{
    /// <summary>The text of a scenario.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="vocabulary">The kinds of tenants that it may have; null for the built-in ones.</param>
    public static string Write(Scenario scenario, Vocabulary? vocabulary = null)
    {
        StringBuilder text = new();
        AppendMachine(text, scenario.Machine, vocabulary ?? Vocabulary.BuiltIn);
        foreach (Step step in scenario.Steps)
        {
            AppendStep(text, step);
        }

        foreach (Verdict verdict in scenario.Verdicts)
        {
            text.Append(verdict.Sentence).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>A step without its outcome: <c>p1: b = alloc system 4096 rdwr</c>.</summary>
    public static string Call(Step step)
    {
        StringBuilder text = new();
        AppendCall(text, step);
        return text.ToString();
    }

    /// <summary>Adds a step without its outcome.</summary>
    public static void AppendCall(StringBuilder text, Step step)
    {
        if (step.Process is not null)
        {
            text.Append(step.Process).Append(": ");
        }

        if (step.Binds is not null)
        {
            text.Append(step.Binds).Append(" = ");
        }

        text.Append(step.Verb.Name);
        for (int i = 0; i < step.Arguments.Length; i++)
        {
            if (!step.Arguments[i].IsPresent)
            {
                continue;
            }

            text.Append(' ');
            if (step.Verb.Parameters[i].Keyword is { } keyword)
            {
                text.Append(keyword).Append('=');
            }

            text.Append(step.Arguments[i].Text);
        }
    }

    /// <summary>
    /// Adds an outcome as a transcript has it: <c> -> ok size=4096</c>, the end of the line, and the printed lines.
    /// </summary>
    public static void AppendOutcome(
        StringBuilder text, string outcome, ImmutableArray<string> words, ImmutableArray<string> lines)
    {
        text.Append(" -> ").Append(outcome);
        foreach (string word in words)
        {
            text.Append(' ').Append(word);
        }

        text.Append('\n');
        foreach (string line in lines)
        {
            text.Append("| ").Append(line).Append('\n');
        }
    }

    private static void AppendStep(StringBuilder text, Step step)
    {
        AppendCall(text, step);
        bool isPlain = step.Expected is { Outcome: Expectation.Ok, Words.IsEmpty: true, Lines.IsEmpty: true };
        if (step.Expected is { } expected && !(step.Verb.IsStatement && isPlain))
        {
            AppendOutcome(text, expected.Outcome, expected.Words, expected.Lines);
        }
        else
        {
            text.Append('\n');
        }
    }

    private static void AppendMachine(StringBuilder text, MachineDescription machine, Vocabulary vocabulary)
    {
        MachineDescription plain = new();
        text.Append("machine");
        Key(text, "memory", ByteText.Of(machine.Memory));
        Key(text, "kernel", machine.Kernel.Name);
        Key(text, "seed", machine.Seed == plain.Seed ? null : machine.Seed.ToString(CultureInfo.InvariantCulture));
        Key(text, "base", machine.Base == plain.Base ? null : ByteText.Of(machine.Base));
        Key(text, "holes", machine.Holes.IsEmpty
            ? null
            : string.Join(',', machine.Holes.Select(hole => $"{ByteText.Of(hole.Address)}+{ByteText.Of(hole.Bytes)}")));
        Key(text, "nofile", machine.MaxDescriptors == plain.MaxDescriptors ? null : Text(machine.MaxDescriptors));
        Key(text, "udmabuf_size", machine.UdmabufSizeLimit is { } limit ? ByteText.Of(limit) : null);
        int items = machine.UdmabufListLimit;
        Key(text, "udmabuf_list", items == plain.UdmabufListLimit ? null : Text(items));
        Key(text, "policy", machine.Policy);
        Key(text, "knows", KnowledgeWords.Of(machine.Knows));
        Key(text, "cma_policy", machine.CmaPolicy == plain.CmaPolicy ? null : machine.CmaPolicy);
        Key(text, "cma_lock", machine.CmaLock?.ToString().ToLowerInvariant());
        Key(text, "ftrace", machine.Ftrace ? "yes" : null);
        text.Append('\n');
        AppendGuard(text, machine.Guard);
        foreach (AreaDescription area in machine.Areas)
        {
            text.Append("area ").Append(area.Name);
            Key(text, "size", ByteText.Of(area.Size));
            Key(text, "order_per_bit", area.OrderPerBit == 0 ? null : Text(area.OrderPerBit));
            Key(text, "max_align", area.MaxAlignment == 8 ? null : Text(area.MaxAlignment));
            Key(text, "policy", area.Policy);
            Key(text, "multi", area.Multi ? "yes" : null);
            text.Append('\n');
        }

        foreach (HeapDescription heap in machine.Heaps)
        {
            AppendHeap(text, heap);
        }

        foreach (DeviceDescription device in machine.Devices)
        {
            AppendDevice(text, device);
        }

        foreach (TenantDescription tenant in machine.Tenants)
        {
            AppendTenant(text, tenant, vocabulary.FindTenant(tenant.Type));
        }
    }

    private static void AppendGuard(StringBuilder text, GuardSettings guard)
    {
        int before = text.Length;
        text.Append("guard ").Append(guard.Type);
        int plain = text.Length;
        Key(text, "regions", guard.Regions is { } regions ? Text(regions) : null);
        Key(text, "granule", guard.Granule is { } granule ? ByteText.Of(granule) : null);
        Key(text, "smallest", guard.Smallest is { } smallest ? ByteText.Of(smallest) : null);
        Key(text, "latency", guard.Latency?.ToString(CultureInfo.InvariantCulture));
        Key(text, "per_page", guard.PerPage?.ToString(CultureInfo.InvariantCulture));
        bool shares = !guard.Shared.IsEmpty;
        Key(text, "share", shares ? string.Join(',', guard.Shared.Select(group => string.Join('+', group))) : null);
        Key(text, "shared", guard.Widens ? "widen" : null);
        Key(text, "violation", guard.Response switch
        {
            GuardResponse.Zero => "zero",
            GuardResponse.Interrupt => "interrupt",
            _ => null,
        });
        if (text.Length == plain && guard.Type == GuardType.Default)
        {
            text.Length = before;
            return;
        }

        text.Append('\n');
    }

    private static void AppendHeap(StringBuilder text, HeapDescription heap)
    {
        text.Append("heap ").Append(heap.Name);
        Key(text, "type", heap.Type == heap.Name ? null : heap.Type);
        Key(text, "on", heap.On);
        Key(text, "size", heap.Size is { } size ? ByteText.Of(size) : null);
        Key(text, "peak", heap.Peak is { } peak ? ByteText.Of(peak) : null);
        foreach ((string key, string value) in heap.Options)
        {
            Key(text, key, value);
        }

        text.Append('\n');
        foreach (AccessRule rule in heap.Rules)
        {
            text.Append("  ").Append(rule).Append('\n');
        }
    }

    private static void AppendDevice(StringBuilder text, DeviceDescription device)
    {
        text.Append("device ").Append(device.Name);
        Key(text, "type", DeviceNames.DefaultType(device.Name) == device.Type ? null : device.Type);
        Key(text, "mask", device.Mask is { } mask ? Text(mask) : null);
        Key(text, "contiguous", YesOrNo(device.Contiguous));
        Key(text, "max_segment", device.MaxSegment is { } longest ? ByteText.Of(longest) : null);
        Key(text, "iommu", YesOrNo(device.Iommu));
        Key(text, "secure", YesOrNo(device.Secure));
        Key(text, "knows", KnowledgeWords.Of(device.Knows));
        Key(text, "link", device.LinkIsProtected switch { null => null, true => "protected", false => "clear" });
        text.Append('\n');
    }

    private static void AppendTenant(StringBuilder text, TenantDescription tenant, TenantType? type)
    {
        text.Append("tenant ").Append(tenant.Name);
        Key(text, "type", tenant.Type);
        foreach (TenantKey key in type?.Keys ?? [])
        {
            if (tenant.Settings.TryGetValue(key.Name, out TenantSetting setting))
            {
                Key(text, key.Name, TenantText.Of(key, setting));
            }
        }

        text.Append('\n');
    }

    private static void Key(StringBuilder text, string key, string? value)
    {
        if (value is not null)
        {
            text.Append(' ').Append(key).Append('=').Append(value);
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string? YesOrNo(bool? value) => value switch { null => null, true => "yes", false => "no" };
}
