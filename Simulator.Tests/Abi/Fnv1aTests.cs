using System.Text;
using DmaBufSim.Abi;
using NUnit.Framework;

namespace DmaBufSim.Tests.Abi;

[TestFixture]
public sealed class Fnv1aTests
{
    // The test vectors that the authors of the hash published.
    [TestCase("", 0xcbf29ce484222325)]
    [TestCase("a", 0xaf63dc4c8601ec8c)]
    [TestCase("b", 0xaf63df4c8601f1a5)]
    [TestCase("foobar", 0x85944171f73967e8)]
    public void TheHashOfATextIsThePublishedOne(string text, ulong hash)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        Assert.That(Fnv1a.Add(Fnv1a.Start, bytes), Is.EqualTo(hash));
        Assert.That(bytes.Aggregate(Fnv1a.Start, Fnv1a.Add), Is.EqualTo(hash));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(7)]
    [TestCase(4096)]
    [TestCase(100_003)]
    public void ManyZerosAreAddedAsOneAfterTheOther(int count)
    {
        ulong start = Fnv1a.Add(Fnv1a.Start, 0x42);
        Assert.That(Fnv1a.AddZeros(start, count), Is.EqualTo(Fnv1a.Add(start, new byte[count])));
    }
}
