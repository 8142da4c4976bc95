using System.Collections.Immutable;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using DmaBufSim.Scenarios.Verbs;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace DmaBufSim.Tests.Scenarios;

[TestFixture]
public sealed class RoundTripTests
{
    [TestCase(Sample.Movie)]
    [TestCase(Sample.Transcript)]
    [TestCase("machine policy=tee knows=asks\nguard tzc400 regions=3 granule=64KiB smallest=1MiB latency=7"
        + " violation=zero\narea a size=4MiB\nheap p type=protected on=a peak=2MiB\n  allow ta rw\n"
        + "device gpu knows=told link=clear\ndevice display knows=no link=protected\n")]
    [TestCase("machine\nguard iommu regions=3 per_page=0 violation=interrupt\n")]
    [TestCase("machine memory=1GiB kernel=6.1 seed=18446744073709551615 base=4GiB nofile=64 udmabuf_size=2MiB udmabuf_list=7 cma_policy=gcma cma_lock=none ftrace=yes\narea a size=5KiB order_per_bit=2 max_align=4 policy=best-fit\n"
        + "heap x type=carveout size=3KiB\n  allow cpu read write in=top\n  allow gpu rw\n"
        + "device d7 type=probe mask=40 contiguous=yes max_segment=64KiB iommu=no secure=yes\nattach cpu b -> crash")]
    [TestCase("machine memory=64MiB base=4GiB kernel=7.3 holes=4112MiB+16MiB,4136MiB+4MiB\narea a size=24MiB multi=yes\n")]
    public void WhatIsWrittenReadsBackTheSame(string text) => AssertRoundTrip(Sample.Read(text));

    [Test]
    public void TranscriptsAreWrittenAsTheyWere()
    {
        foreach (string file in TranscriptSources.Known())
        {
            Scenario scenario = ScenarioParser.ParseFile(file).Scenario!;
            string[] steps =
            [
                .. File.ReadAllLines(file).Where(line =>
                    line.Contains("->", StringComparison.Ordinal) || line.StartsWith('|')
                    || line.StartsWith("given", StringComparison.Ordinal)),
            ];
            string[] written = ScenarioWriter.Write(scenario).TrimEnd('\n').Split('\n');
            Assert.That(written[^steps.Length..], Is.EqualTo(steps), file);
        }
    }

    [Test]
    public void FlagsReadBackTheSame()
    {
        ImmutableArray<ParameterKind> kinds =
        [
            ParameterKind.FdFlags, ParameterKind.Protection, ParameterKind.MapFlags, ParameterKind.SyncFlags,
            ParameterKind.Whence, ParameterKind.Number,
        ];
        Prop.ForAll(ArbMap.Default.ArbFor<long>(), bits => kinds.All(kind =>
        {
            FlagWords words = FlagWords.Of(kind);
            return words.TryParse(words.Format(bits), out long read) && read == bits
                && words.TryParse(words.Format(bits & 0xf), out read) && read == (bits & 0xf);
        })).QuickCheckThrowOnFailure();
    }

    [TestCase(2L, "rdwr")]
    [TestCase(0x80802L, "rdwr|nonblock|cloexec")]
    [TestCase(0L, "rdonly")]
    [TestCase(3L, "0x3")]
    [TestCase(0x401L, "wronly|0x400")]
    public void OpenFlagsHaveWords(long bits, string words) => Assert.That(FlagWords.Descriptor.Format(bits), Is.EqualTo(words));

    [Test]
    public void RandomStepsReadBackTheSame() =>
        Prop.ForAll(Steps().ListOf().ToArbitrary(), steps => AssertRoundTrip(new Scenario
        {
            File = "random",
            Machine = new MachineDescription { Heaps = [new HeapDescription("system", "system")], Devices = [new DeviceDescription("probe0", "probe")], Tenants = [new TenantDescription("a", "anonymous")] },
            Steps = [.. steps],
        })).QuickCheckThrowOnFailure();

    private static Gen<Step> Steps() =>
        from verb in Gen.Elements<Verb>(VerbTable.All)
        from seed in Gen.Choose(0, int.MaxValue)
        select Random(verb, new Random(seed));

    private static Step Random(Verb verb, Random random)
    {
        int count = random.Next(verb.Parameters.Length + 1);
        while (!verb.Accepts(count))
        {
            count = (count + 1) % (verb.Parameters.Length + 1);
        }

        ImmutableArray<Argument> arguments =
            [.. verb.Parameters.Select((parameter, i) => i < count ? Random(parameter.Kind, random) : default)];
        string? binds = verb.Produces != Produces.Nothing && random.Next(2) == 0 ? $"n{random.Next(9)}" : null;
        Expectation? expected = random.Next(3) switch
        {
            0 => null,
            1 => new Expectation("ok", ["size=1", "word"], random.Next(2) == 0 ? [] : ["", " line", "# |"]),
            _ => new Expectation("EINVAL", ["reason=length-zero"], []),
        };
        return new Step(0, random.Next(4) == 0 ? "p1" : null, binds, verb, arguments, expected);
    }

    private static Argument Random(ParameterKind kind, Random random) => kind switch
    {
        ParameterKind.Heap => new Argument("system"),
        ParameterKind.Device => new Argument("probe0"),
        ParameterKind.Byte => Argument.Of(kind, random.Next(256)),
        ParameterKind.Direction or ParameterKind.ResvUsage => Argument.Of(kind, random.Next(4)),
        ParameterKind.MovableWord => Argument.Of(kind, 1),
        ParameterKind.AttachWords => Argument.Of(kind, random.Next(1, 4)),
        ParameterKind.LinkState => Argument.Of(kind, random.Next(2)),
        ParameterKind.Tenant => new Argument("tenant"),
        ParameterKind.PageRuns => new Argument(random.Next(2) == 0 ? "none" : "0+5,7+1"),
        ParameterKind.Number or ParameterKind.Bytes or ParameterKind.FdFlags or ParameterKind.Protection
            or ParameterKind.MapFlags or ParameterKind.SyncFlags or ParameterKind.Whence
            or ParameterKind.Seals or ParameterKind.UdmabufFlags
            or ParameterKind.AccessFlags or ParameterKind.PollEvents => Argument.Of(kind, random.NextInt64(-9, 1L << random.Next(1, 62))),
        ParameterKind.Background => random.Next(2) == 0 ? new Argument("10ms") : Argument.Of(ParameterKind.Number, 1 + random.Next(999)),
        ParameterKind.Process => new Argument("p1"),
        ParameterKind.UdmabufItems => new Argument(random.Next(3) == 0 ? "none" : $"zzzzzzzzz0:{random.Next()}:0,zzzzzzzzz1:0:4KiB"),
        _ => new Argument($"zzzzzzzzz{random.Next(9)}"),
    };

    private static void AssertRoundTrip(Scenario scenario)
    {
        string written = ScenarioWriter.Write(scenario);
        Scenario again = Sample.Read(written);
        Assert.That(ScenarioWriter.Write(again), Is.EqualTo(written));
        Assert.That(again.Machine.Holes, Is.EqualTo(scenario.Machine.Holes));
        Assert.That(again.Steps, Has.Length.EqualTo(scenario.Steps.Length));
        foreach ((Step step, Step other) in scenario.Steps.Zip(again.Steps))
        {
            Assert.That(
                other.Arguments.Select(argument => (argument.Text, argument.Number, argument.IsPresent)),
                Is.EqualTo(step.Arguments.Select(argument => (argument.Text, argument.Number, argument.IsPresent))));
            Assert.That(other.Verb, Is.SameAs(step.Verb));
            Assert.That(other.Expected?.Lines.ToArray(), Is.EqualTo(step.Expected?.Lines.ToArray()));
        }

        Assert.That(
            again.Machine with { Areas = [], Holes = [], Heaps = [], Devices = [], Tenants = [] },
            Is.EqualTo(scenario.Machine with { Areas = [], Holes = [], Heaps = [], Devices = [], Tenants = [] }));
        Assert.That(again.Machine.Areas, Is.EqualTo(scenario.Machine.Areas));
        Assert.That(
            again.Machine.Tenants.Select(tenant => (tenant.Name, tenant.Type, string.Join(' ', tenant.Settings))),
            Is.EqualTo(scenario.Machine.Tenants.Select(tenant => (tenant.Name, tenant.Type, string.Join(' ', tenant.Settings)))));
        Assert.That(again.Machine.Devices, Is.EqualTo(scenario.Machine.Devices));
        Assert.That(again.Machine.Heaps.SelectMany(heap => heap.Rules), Is.EqualTo(scenario.Machine.Heaps.SelectMany(heap => heap.Rules)));
        Assert.That(again.Verdicts.Select(verdict => verdict with { Line = 0 }), Is.EqualTo(scenario.Verdicts.Select(verdict => verdict with { Line = 0 })));
    }
}
