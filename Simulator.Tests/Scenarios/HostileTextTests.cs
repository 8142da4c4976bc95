using System.Text;
using DmaBufSim.Scenarios;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace DmaBufSim.Tests.Scenarios;

[TestFixture]
public sealed class HostileTextTests
{
    private static readonly string[] Pieces =
        ["->", "=", "#", "|", "p1:", "0x", "-", "16p", "alloc", "heap", "in=", "reason=", "\0", "\t", "\n", "\r", " ", "never", "read", "=="];

    [Test]
    public void RandomBytesNeverThrow() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes => Survives(bytes)).QuickCheckThrowOnFailure();

    [Test]
    public void MutatedFilesNeverThrow() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            Random random = new(seed);
            byte[] bytes = Encoding.UTF8.GetBytes(random.Next(2) == 0 ? Sample.Movie : Sample.Transcript);
            for (int i = random.Next(20); i >= 0; i--)
            {
                bytes = Mutate(bytes, random);
            }

            return Survives(bytes);
        }).QuickCheckThrowOnFailure();

    [Test]
    public void PromptsNeverThrow() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            Random random = new(seed);
            StringBuilder line = new();
            for (int i = random.Next(12); i >= 0; i--)
            {
                line.Append(Pieces[random.Next(Pieces.Length)]).Append(random.Next(3) == 0 ? "" : " ");
            }

            ParsedStep parsed = ScenarioParser.ParseStep(line.ToString(), new());
            return string.Concat(parsed.Diagnostics.Select(diagnostic => diagnostic.ToString())) is not null;
        }).QuickCheckThrowOnFailure();

    [TestCase("a", 3_000_000)]
    [TestCase("a ", 1_000_000)]
    [TestCase("\n", 1_000_000)]
    [TestCase("| x\n", 300_000)]
    [TestCase("heap k=1 ", 100_000)]
    [TestCase("heap a ", 100_000)]
    [TestCase("machine a=1\n", 20_000)]
    [TestCase("b = alloc h 1 rdwr|rdwrr -> ok reason=x\n", 20_000)]
    public void LongTextsAreRead(string piece, int times)
    {
        StringBuilder text = new(piece.Length * times);
        for (int i = 0; i < times; i++)
        {
            text.Append(piece);
        }

        Assert.That(Survives(Encoding.UTF8.GetBytes(text.ToString())), Is.True);
    }

    [Test]
    public void ManyHeapsThatNobodyKnowsAreRead()
    {
        StringBuilder text = new();
        for (int i = 0; i < 20_000; i++)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"heap h{i} type=cma on=z{i}\nx = alloc g{i} 1\n");
        }

        Assert.That(Survives(Encoding.UTF8.GetBytes(text.ToString())), Is.True);
    }

    private static bool Survives(byte[] bytes)
    {
        ParsedScenario parsed = ScenarioParser.Parse("hostile", bytes);
        return parsed.Scenario is null == parsed.Report().Length > 0 && parsed.Diagnostics.Length <= 50;
    }

    private static byte[] Mutate(byte[] bytes, Random random)
    {
        int from = random.Next(bytes.Length + 1);
        int to = random.Next(from, Math.Min(bytes.Length, from + random.Next(30)) + 1);
        byte[] middle = random.Next(4) switch
        {
            0 => [],
            1 => [(byte)random.Next(256)],
            2 => Encoding.UTF8.GetBytes(Pieces[random.Next(Pieces.Length)]),
            _ => bytes[random.Next(bytes.Length / 2 + 1)..][..random.Next(bytes.Length / 2 + 1)],
        };
        return [.. bytes[..from], .. middle, .. bytes[to..]];
    }
}
