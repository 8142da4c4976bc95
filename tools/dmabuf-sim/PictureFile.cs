using DmaBufSim.Pictures;

namespace DmaBufSim.Cli;

/// <summary>Writes pictures to where a command line wants them.</summary>
internal static class PictureFile
{
    /// <summary>Looks at a path before anything is played for it.</summary>
    /// <exception cref="CannotWriteException">No picture can be written there.</exception>
    public static void Check(string path)
    {
        CheckName(path);
        CheckFolder(path, path);
    }

    /// <summary>Looks whether a path is that of a picture.</summary>
    /// <exception cref="CannotWriteException">It is none.</exception>
    public static void CheckName(string path)
    {
        if (Ending(path) is not (".png" or ".svg"))
        {
            throw new CannotWriteException($"{path}: the name of a picture ends in .png or .svg");
        }
    }

    /// <summary>Looks whether the folder is there that a file or a folder lies in.</summary>
    /// <param name="path">What was asked for.</param>
    /// <param name="inside">What lies in it.</param>
    /// <exception cref="CannotWriteException">It is not there.</exception>
    public static void CheckFolder(string path, string inside)
    {
        if (Path.GetDirectoryName(inside) is { Length: > 0 } folder && !Directory.Exists(folder))
        {
            throw new CannotWriteException($"{path}: there is no folder {folder}");
        }
    }

    /// <summary>Writes a picture, in the format of the path's ending.</summary>
    /// <exception cref="CannotWriteException">It cannot be written.</exception>
    public static void Write(string path, Drawing drawing) =>
        Write(path, Ending(path) == ".svg" ? drawing.ToSvg() : drawing.ToPng());

    /// <summary>Writes a file.</summary>
    /// <exception cref="CannotWriteException">It cannot be written.</exception>
    public static void Write(string path, byte[] bytes)
    {
        try
        {
            File.WriteAllBytes(path, bytes);
        }
        catch (Exception exception) when (CannotWriteException.IsOfFile(exception))
        {
            throw new CannotWriteException($"{path}: the picture cannot be written: {exception.Message}");
        }
    }

    private static string Ending(string path) => Path.GetExtension(path).ToLowerInvariant();
}
