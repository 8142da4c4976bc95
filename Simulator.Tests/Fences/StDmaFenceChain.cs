using DmaBufSim.Abi;
using DmaBufSim.Engine;
using DmaBufSim.Fences;
using NUnit.Framework;

namespace DmaBufSim.Tests.Fences;

/// <summary>
/// The cases of the kernel's suite <c>dma-buf-fence-chain</c> (st-dma-fence-chain), under their names.
/// </summary>
[TestFixture]
public sealed class StDmaFenceChain
{
    private const int Links = 64;

    private FenceCore core = null!;
    private List<MockFence> fences = null!;
    private List<DmaFenceChain> chains = null!;

    [SetUp]
    public void SetUp() => core = MockFence.NewCore();

    [TearDown]
    public void NothingIsLeft()
    {
        Assert.That(core.LiveFences, Is.Zero);
        Assert.That(core.Trace.Warnings, Is.Empty);
    }

    [Test]
    public void sanitycheck()
    {
        MockFence fence = new(core);
        DmaFenceChain chain = DmaFenceChain.Create(core, null, fence, 1);
        chain.EnableSignaling();
        Assert.That(chain.IsSignaled(), Is.False);
        Assert.That(fence.TimesEnabled, Is.EqualTo(1));
        fence.Signal();
        chain.Put();
    }

    [Test]
    public void find_seqno()
    {
        Build(Links, i => (ulong)i + 1);
        Assert.That(Find(chains[^1], 0).Found, Is.SameAs(chains[^1]), "0 changes nothing");
        for (int i = 0; i < Links; i++)
        {
            ulong number = (ulong)i + 1;
            Assert.That(Find(chains[^1], number).Found, Is.SameAs(chains[i]), $"{number} from the head");
            Assert.That(Find(chains[i], number).Found, Is.SameAs(chains[i]), $"{number} from itself");
            Assert.That(Find(chains[i], number + 1).Errno, Is.EqualTo(Errno.EINVAL), $"{number + 1} lies ahead");
            if (i > 0)
            {
                Assert.That(Find(chains[i], number - 1).Found, Is.SameAs(chains[i - 1]), $"{number - 1} from {number}");
            }
        }

        Finish();
    }

    [Test]
    public void find_signaled()
    {
        Build(2, i => (ulong)i + 1);
        fences[0].Signal();
        (Errno errno, DmaFence? found) = Find(chains[1], 1);
        Assert.That(errno, Is.EqualTo(Errno.OK));
        Assert.That(found, Is.Null.Or.SameAs(chains[0]));
        Finish();
    }

    [Test]
    public void find_out_of_order()
    {
        Build(3, i => (ulong)i + 1);
        fences[1].Signal();
        Assert.That(Find(chains[2], 2).Found, Is.SameAs(chains[0]));
        Finish();
    }

    [Test]
    public void find_gap()
    {
        Build(Links, i => 2 * ((ulong)i + 1));
        for (int i = 0; i < Links; i++)
        {
            Assert.That(Find(chains[^1], (2 * (ulong)i) + 1).Found, Is.SameAs(chains[i]));
        }

        Finish();
    }

    [Test]
    public void find_race()
    {
        const int Many = 4096;
        Build(Many, i => (ulong)i + 1);
        RandomStream random = new(2);
        bool[] signaled = new bool[Many];
        for (int step = 0; step < 4 * Many; step++)
        {
            int i = (int)random.Below(Many);
            if (random.Below(2) == 0)
            {
                fences[i].Signal();
                signaled[i] = true;
                continue;
            }

            (Errno errno, DmaFence? found) = Find(chains[^1], (ulong)i + 1);
            Assert.That(errno, Is.EqualTo(Errno.OK));
            Assert.That(found is null || found.SequenceNumber <= (ulong)i + 1, "never past the point");
            int from = found is null ? 0 : (int)found.SequenceNumber;
            Assert.That(signaled.AsSpan(from, i + 1 - from).Contains(false), Is.False, "skips only what has signalled");
        }

        Finish();
    }

    [Test]
    public void signal_forward()
    {
        Build(Links, i => (ulong)i + 1);
        for (int i = 0; i < Links; i++)
        {
            fences[i].Signal();
            Assert.That(chains[i].IsSignaled(), $"point {i}");
            Assert.That(i + 1 == Links || !chains[i + 1].IsSignaled(), $"point {i + 1}");
        }

        Finish();
    }

    [Test]
    public void signal_backward()
    {
        Build(Links, i => (ulong)i + 1);
        for (int i = Links - 1; i > 0; i--)
        {
            fences[i].Signal();
            Assert.That(chains[i].IsSignaled(), Is.False, $"point {i}");
        }

        fences[0].Signal();
        Assert.That(chains.TrueForAll(chain => chain.IsSignaled()));
        Finish();
    }

    [Test]
    public void wait_forward() => WaitWhileSignalling(i => i);

    [Test]
    public void wait_backward() => WaitWhileSignalling(i => Links - 1 - i);

    [Test]
    public void wait_random()
    {
        int[] order = [.. Enumerable.Range(0, Links)];
        RandomStream random = new(3);
        for (int i = Links - 1; i > 0; i--)
        {
            int other = (int)random.Below(i + 1);
            (order[i], order[other]) = (order[other], order[i]);
        }

        WaitWhileSignalling(i => order[i]);
    }

    private void WaitWhileSignalling(Func<int, int> order)
    {
        Build(Links, i => (ulong)i + 1);
        MockCallback waiter = new();
        Assert.That(chains[^1].AddWaiter(waiter).IsOk);
        for (int i = 0; i < Links; i++)
        {
            Assert.That(waiter.Runs, Is.Zero, $"after {i} of {Links}");
            fences[order(i)].Signal();
        }

        Assert.That(waiter.Runs, Is.EqualTo(1));
        Finish();
    }

    private void Build(int count, Func<int, ulong> number)
    {
        fences = [];
        chains = [];
        for (int i = 0; i < count; i++)
        {
            fences.Add(new MockFence(core));
            chains.Add(DmaFenceChain.Create(core, i == 0 ? null : chains[^1].Get(), fences[^1].Get(), number(i)));
        }
    }

    private static (Errno Errno, DmaFence? Found) Find(DmaFenceChain from, ulong number)
    {
        DmaFence? fence = from.Get();
        Result result = DmaFenceChain.FindSequence(ref fence, number);
        fence?.Put();
        return (result.Errno, fence);
    }

    private void Finish()
    {
        foreach (MockFence fence in fences)
        {
            fence.Signal();
            fence.Put();
        }

        foreach (DmaFenceChain chain in chains)
        {
            chain.Put();
        }
    }
}
