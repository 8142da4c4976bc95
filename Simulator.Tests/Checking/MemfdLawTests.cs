using DmaBufSim.Checking;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Tests.Heaps;
using DmaBufSim.Tests.Support;
using NUnit.Framework;

namespace DmaBufSim.Tests.Checking;

/// <summary>The laws look at memfds and at the pages that they share with udmabufs.</summary>
[TestFixture]
public sealed class MemfdLawTests
{
    [Test]
    public void AReferenceOfAMemfdWithoutAHolderIsSeen()
    {
        Machine machine = Box.Empty.Build();
        int memfd = machine.Memfd(1);
        ReferencesEqualHolders law = new();
        law.Check(machine);
        Assert.That(law.Violation, Is.Null);
        machine.First.File(memfd).Value.Get();
        law.Check(machine);
        Assert.That(law.Violation, Does.Match("^memfd #\\d+ counts 2 references and has 1 holders$"));
    }

    [TestCase(true, "counts 3 references and is in 2 places")]
    [TestCase(false, "counts 1 references and is in 2 places")]
    public void AReferenceOfAPageWithoutAPlaceIsSeenAndTheOtherWayRound(bool oneMore, string violation)
    {
        Machine machine = Box.Empty.Build();
        int buffer = machine.Create(machine.Memfd(1), 0, 4096).Value;
        MemfdPage page = ((UdmabufBuffer)machine.Buffer(buffer).Exporter).Pages[0];
        ReferencesEqualHolders law = new();
        law.Check(machine);
        Assert.That(law.Violation, Is.Null);
        if (oneMore)
        {
            page.Get(leavesAreas: false);
        }
        else
        {
            page.Put();
        }

        law.Check(machine);
        Assert.That(law.Violation, Is.EqualTo($"frame {page.Frame} {violation}"));
    }

    [Test]
    public void AFrameOfAMemfdThatIsFreeIsSeen()
    {
        Machine machine = Box.Empty.Build();
        int memfd = machine.Memfd(2);
        Memfd file = (Memfd)machine.First.File(memfd).Value;
        OneOwner law = new();
        int frame = file.Fault(0).Value;
        law.Check(machine);
        Assert.That(law.Violation, Is.Null);
        machine.Memory.Buddy.Free(frame, 0);
        file.Fault(1);
        law.Check(machine);
        Assert.That(law.Violation, Does.StartWith($"frame {frame} belongs to memfd #"));
    }

    [Test]
    public void APageThatOutlivesItsMemfdBelongsToTheBuffers()
    {
        Machine machine = Box.Empty.Build();
        int memfd = machine.Memfd(2);
        int buffer = machine.List((memfd, 0, 4096), (memfd, 0, 8192)).Value;
        machine.Create(memfd, 0, 8192);
        machine.First.Close(memfd);
        OneOwner law = new();
        law.Check(machine);
        Assert.That(law.Violation, Is.Null);
        MemfdPage page = ((UdmabufBuffer)machine.Buffer(buffer).Exporter).Pages[0];
        machine.Memory.Buddy.Free(page.Frame, 0);
        machine.Create(machine.Memfd(1), 0, 4096);
        law.Check(machine);
        Assert.That(law.Violation, Is.Not.Null);
    }
}
