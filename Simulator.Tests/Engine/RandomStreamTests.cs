using System.Numerics;
using DmaBufSim.Engine;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace DmaBufSim.Tests.Engine;

[TestFixture]
public sealed class RandomStreamTests
{
    // The published outputs of splitmix64 from the state 1234567.
    private static readonly ulong[] SplitMixVector =
    [
        6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821,
    ];

    // The published outputs of xoshiro256** from the state 1, 2, 3, 4.
    private static readonly ulong[] XoshiroVector =
    [
        11520, 0, 1509978240, 1215971899390074240, 1216172134540287360,
        607988272756665600, 16172922978634559625, 8476171486693032832, 10595114339597558777, 2904607092377533576,
    ];

    [Test]
    public void TheReferencesGiveThePublishedNumbers()
    {
        Assert.That(SplitMix(1234567).Take(5), Is.EqualTo(SplitMixVector));
        Assert.That(Xoshiro([1, 2, 3, 4]).Take(10), Is.EqualTo(XoshiroVector));
    }

    [Test]
    public void AStreamIsTheReferenceSeededByTheReference() =>
        Prop.ForAll(ArbMap.Default.ArbFor<ulong>(), seed =>
        {
            RandomStream stream = new(seed);
            ulong[] state = [.. SplitMix(seed).Take(4)];
            return Xoshiro(state).Take(50).All(number => number == stream.Next());
        }).QuickCheckThrowOnFailure();

    [Test]
    public void SeedZeroGivesThePublishedNumbers()
    {
        RandomStream stream = new(0);
        ulong[] numbers = [.. Enumerable.Range(0, 4).Select(_ => stream.Next())];
        Assert.That(numbers, Is.EqualTo(new ulong[]
        {
            0x99ec5f36cb75f2b4, 0xbf6e1f784956452a, 0x1a5f849d4933e6e0, 0x6aa594f1262d2d2c,
        }));
    }

    [Test]
    public void AForkDependsOnSeedAndNameAlone()
    {
        RandomStream root = new(42);
        ulong first = root.Fork("faults").Next();
        root.Next();
        Assert.That(root.Fork("faults").Next(), Is.EqualTo(first));
        Assert.That(new RandomStream(42).Fork("faults").Next(), Is.EqualTo(first));
    }

    [Test]
    public void ForksDifferByNameBySeedAndFromTheirRoot()
    {
        string[] names = ["", "a", "b", "ab", "ba", "aa", "memory", "memory.migration"];
        List<ulong> firsts = [new RandomStream(1).Next(), new RandomStream(2).Next()];
        firsts.AddRange(names.Select(name => new RandomStream(1).Fork(name).Next()));
        firsts.AddRange(names.Select(name => new RandomStream(2).Fork(name).Next()));
        Assert.That(firsts, Is.Unique);
    }

    [Test]
    public void AForkDoesNotShiftItsRoot()
    {
        RandomStream alone = new(7);
        RandomStream forked = new(7);
        forked.Fork("x").Next();
        Assert.That(forked.Next(), Is.EqualTo(alone.Next()));
    }

    [Test]
    public void BelowIsTheUpperHalfOfTheProduct() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<ulong>(),
            ArbMap.Default.ArbFor<PositiveInt>(),
            (seed, bound) =>
            {
                long number = new RandomStream(seed).Below(bound.Get);
                BigInteger product = (BigInteger)new RandomStream(seed).Next() * bound.Get;
                return number >= 0 && number < bound.Get && number == product >> 64;
            }).QuickCheckThrowOnFailure();

    [Test]
    public void BelowReachesEveryNumberAboutEquallyOften()
    {
        RandomStream stream = new(3);
        int[] counts = new int[10];
        for (int i = 0; i < 100_000; i++)
        {
            counts[stream.Below(10)]++;
        }

        Assert.That(counts, Is.All.InRange(9_600, 10_400));
    }

    [Test]
    public void BelowNeedsABound() =>
        Assert.That(() => new RandomStream(1).Below(0), Throws.InstanceOf<ArgumentOutOfRangeException>());

    private static IEnumerable<ulong> SplitMix(ulong seed)
    {
        BigInteger modulus = BigInteger.One << 64;
        BigInteger state = seed;
        while (true)
        {
            state = (state + 0x9e3779b97f4a7c15) % modulus;
            BigInteger z = state;
            z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9 % modulus;
            z = (z ^ (z >> 27)) * 0x94d049bb133111eb % modulus;
            yield return (ulong)(z ^ (z >> 31));
        }
    }

    private static IEnumerable<ulong> Xoshiro(ulong[] state)
    {
        BigInteger modulus = BigInteger.One << 64;
        ulong[] s = [.. state];
        while (true)
        {
            yield return (ulong)((BigInteger)Rotated((ulong)((BigInteger)s[1] * 5 % modulus), 7) * 9 % modulus);
            ulong shifted = (ulong)(((BigInteger)s[1] << 17) % modulus);
            s[2] ^= s[0];
            s[3] ^= s[1];
            s[1] ^= s[2];
            s[0] ^= s[3];
            s[2] ^= shifted;
            s[3] = Rotated(s[3], 45);
        }
    }

    private static ulong Rotated(ulong value, int by) => (value << by) | (value >> (64 - by));
}
