using DmaBufSim.Pictures;

namespace DmaBufSim.Cli;

/// <summary>Writes pictures to where a command line wants them.</summary>
internal static class PictureFile
{
    /// <summary>Looks at a path before anything is played for it.</summary>
    /// <exception cref="CannotWriteException">No picture can be written there.</exception>
    public static void Check(string path)
    {
        if (Ending(path) is not (".png" or ".svg"))
        {
            throw new CannotWriteException($"{path}: the name of a picture ends in .png or .svg");
        }

        if (Path.GetDirectoryName(path) is { Length: > 0 } folder && !Directory.Exists(folder))
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
