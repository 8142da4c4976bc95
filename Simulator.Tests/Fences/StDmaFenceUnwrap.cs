using DmaBufSim.Fences;
using NUnit.Framework;

namespace DmaBufSim.Tests.Fences;

/// <summary>
/// The cases of the kernel's suite <c>dma-buf-fence-unwrap</c> (st-dma-fence-unwrap), under their names.
/// </summary>
[TestFixture("6.1")]
[TestFixture("6.12")]
[TestFixture("7.3")]
public sealed class StDmaFenceUnwrap(string kernel)
{
    private FenceCore core = null!;
    private MockFence f1 = null!;
    private MockFence f2 = null!;

    [SetUp]
    public void SetUp()
    {
        core = MockFence.NewCore(kernel);
        f1 = new MockFence(core);
        f2 = new MockFence(core);
    }

    [TearDown]
    public void NothingIsLeft()
    {
        f1.Put();
        f2.Put();
        Assert.That(core.LiveFences, Is.Zero);
    }

    [Test]
    public void sanitycheck()
    {
        DmaFence chain = Chain(null, Array(f1));
        Assert.That(core.LiveFences, Is.EqualTo(4));
        chain.EnableSignaling();
        f1.Signal();
        Assert.That(chain.HasSignaled);
        chain.Put();
    }

    [Test]
    public void unwrap_array() => AssertVisits(Array(f1, f2), f1, f2);

    [Test]
    public void unwrap_chain() => AssertVisits(Chain(Chain(null, f1.Get()), f2.Get()), f2, f1);

    [Test]
    public void unwrap_chain_array() => AssertVisits(Chain(null, Array(f1, f2)), f1, f2);

    [Test]
    public void unwrap_merge() => AssertVisits(DmaFenceMerge.Merge(core, f1, f2), f1, f2);

    [Test]
    public void unwrap_merge_duplicate()
    {
        DmaFence merged = DmaFenceMerge.Merge(core, f1, f1);
        Assert.That(merged, Is.SameAs(f1));
        merged.Put();
    }

    [Test]
    public void unwrap_merge_seqno()
    {
        ulong other = core.AllocateContexts();
        MockFence first = new(core, other, 1);
        MockFence second = new(core, other, 2);
        AssertVisits(DmaFenceMerge.Merge(core, second, first, f1), f1, second);
        first.Put();
        second.Put();
    }

    [Test]
    public void unwrap_merge_order()
    {
        DmaFence array = Array(f1, f2);
        DmaFence chain = Chain(Chain(null, f1.Get()), f2.Get());
        AssertVisits(DmaFenceMerge.Merge(core, array, chain), f1, f2);
        AssertVisits(DmaFenceMerge.Merge(core, chain, array), f1, f2);
        array.Put();
        chain.Put();
    }

    [Test]
    public void unwrap_merge_complex()
    {
        DmaFence merged = DmaFenceMerge.Merge(core, f1, f2);
        DmaFence swapped = Array(f2, f1);
        DmaFence stub = core.GetStub();
        AssertVisits(DmaFenceMerge.Merge(core, merged, swapped, stub), f1, f2);
        merged.Put();
        swapped.Put();
        stub.Put();
    }

    [Test]
    public void unwrap_merge_complex_seqno()
    {
        ulong one = core.AllocateContexts(2);
        MockFence[] made =
            [new(core, one, 2), new(core, one + 1, 1), new(core, one, 1), new(core, one + 1, 2)];
        DmaFence left = Array(made[0], made[1]);
        DmaFence right = Array(made[2], made[3]);
        AssertVisits(DmaFenceMerge.Merge(core, left, right), made[0], made[3]);
        AssertVisits(DmaFenceMerge.Merge(core, right, left), made[0], made[3]);
        left.Put();
        right.Put();
        System.Array.ForEach(made, fence => fence.Put());
    }

    private DmaFenceArray Array(params DmaFence[] fences)
    {
        System.Array.ForEach(fences, fence => fence.Get());
        return DmaFenceArray.Create(core, fences, core.AllocateContexts(), 1);
    }

    private DmaFenceChain Chain(DmaFence? previous, DmaFence fence) =>
        DmaFenceChain.Create(core, previous, fence, previous is null ? 1 : previous.SequenceNumber + 1);

    private static void AssertVisits(DmaFence head, params DmaFence[] expected)
    {
        List<DmaFence> visited = [];
        foreach (DmaFence leaf in new DmaFenceUnwrap(head))
        {
            visited.Add(leaf);
        }

        Assert.That(visited, Is.EqualTo(expected));
        head.Put();
    }
}
