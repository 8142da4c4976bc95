using DmaBufSim.Abi;
using NUnit.Framework;

namespace DmaBufSim.Tests.Abi;

[TestFixture]
public sealed class ResultTests
{
    [Test]
    public void TheDefaultIsSuccess()
    {
        Assert.That((default(Result).IsOk, default(Result).Errno, default(Result).Reason),
            Is.EqualTo((true, Errno.OK, Reason.None)));
        Result<int> value = 7;
        Assert.That((value.IsOk, value.Value, value.Errno, value.Reason), Is.EqualTo((true, 7, Errno.OK, Reason.None)));
        Assert.That((Result.Ok.ToString(), value.ToString()), Is.EqualTo(("ok", "ok 7")));
    }

    [Test]
    public void EveryFailureKeepsItsErrnoAndReasonWhateverItWouldHaveCarried()
    {
        foreach (Errno errno in Enum.GetValues<Errno>().Where(errno => errno != Errno.OK))
        {
            foreach (Reason reason in Enum.GetValues<Reason>())
            {
                Result failure = new(errno, reason);
                Result<long> carrying = failure;
                Assert.That((failure.IsOk, failure.Errno, failure.Reason), Is.EqualTo((false, errno, reason)));
                Assert.That((carrying.IsOk, carrying.Value), Is.EqualTo((false, 0L)));
                Assert.That((carrying.As<string>().Errno, carrying.As<string>().Reason), Is.EqualTo((errno, reason)));
                Assert.That((carrying.Status.Errno, failure.As<int>().Reason), Is.EqualTo((errno, reason)));
            }
        }
    }

    [Test]
    public void AFailureIsWrittenWithItsReason() =>
        Assert.That(
            ((Result<int>)new Result(Errno.EACCES, Reason.CpuMayOnlyRead)).ToString(),
            Is.EqualTo("EACCES (cpu-may-only-read)"));
}
