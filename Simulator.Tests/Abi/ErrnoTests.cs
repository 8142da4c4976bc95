using DmaBufSim.Abi;
using NUnit.Framework;

namespace DmaBufSim.Tests.Abi;

[TestFixture]
public sealed class ErrnoTests
{
    // include/uapi/asm-generic/errno-base.h and errno.h
    private const string Linux = """
        EPERM 1 ENOENT 2 ESRCH 3 EINTR 4 EIO 5 ENXIO 6 E2BIG 7 ENOEXEC 8 EBADF 9 ECHILD 10 EAGAIN 11 ENOMEM 12 EACCES 13
        EFAULT 14 ENOTBLK 15 EBUSY 16 EEXIST 17 EXDEV 18 ENODEV 19 ENOTDIR 20 EISDIR 21 EINVAL 22 ENFILE 23 EMFILE 24
        ENOTTY 25 ETXTBSY 26 EFBIG 27 ENOSPC 28 ESPIPE 29 EROFS 30 EMLINK 31 EPIPE 32 EDOM 33 ERANGE 34 EDEADLK 35
        ENAMETOOLONG 36 ENOLCK 37 ENOSYS 38 ENOTEMPTY 39 ELOOP 40 ENODATA 61 ETIME 62 EREMOTE 66 EPROTO 71 EBADMSG 74
        EOVERFLOW 75 EBADFD 77 ERESTART 85 EUSERS 87 ENOTSOCK 88 EMSGSIZE 90 EPROTONOSUPPORT 93 EOPNOTSUPP 95
        EADDRINUSE 98 ENOBUFS 105 EISCONN 106 ENOTCONN 107 ETIMEDOUT 110 ECONNREFUSED 111 EALREADY 114 EINPROGRESS 115
        ESTALE 116 EREMOTEIO 121 EDQUOT 122 ECANCELED 125 EOWNERDEAD 130 ENOTRECOVERABLE 131
        """;

    [Test]
    public void EveryValueIsThatOfLinux()
    {
        string[] words = Linux.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        Dictionary<string, int> numbers = words.Chunk(2)
            .ToDictionary(pair => pair[0], pair => int.Parse(pair[1], null));
        Errno[] ours = Enum.GetValues<Errno>();
        Assert.That(ours, Has.Length.GreaterThan(20));
        foreach (Errno errno in ours.Where(errno => errno != Errno.OK))
        {
            Assert.That((int)errno, Is.EqualTo(numbers[errno.ToString()]), errno.ToString());
        }
    }

    [Test]
    public void SuccessIsZero() => Assert.That((default(Errno), (int)Errno.OK), Is.EqualTo((Errno.OK, 0)));
}
